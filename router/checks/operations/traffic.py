"""What clients really sent: the lines of the router's access log, counted by document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import orjson

from entrepot.router.errors import ConfigurationInvalid

_LINE: Final = ("router.access", "request")
"""Logger and event of the lines that count; see `entrepot.router.observe.access_log`."""


@dataclass(frozen=True, slots=True)
class TrafficFilter:
    """Which requests count, and when an operation counts as used.

    Requests of `ignored_clients` and those before `since` do not count. An operation is used from `minimum_requests`
    on, if these are also `minimum_percent` of all.
    """

    since: datetime | None = None
    ignored_clients: frozenset[str] = frozenset()
    minimum_requests: int = 1
    minimum_percent: float = 0.0


@dataclass
class Traffic:
    """Requests by the SHA-256 of their document, and how many there were in all."""

    rules: TrafficFilter = field(default_factory=TrafficFilter)
    by_document: Counter[str] = field(default_factory=Counter)
    clients: dict[str, Counter[str]] = field(default_factory=dict)

    @cached_property
    def requests(self) -> int:
        """How many there were in all; counted once, when all have been read."""
        return self.by_document.total()

    def is_used(self, document: str) -> bool:
        """Whether it was sent often enough."""
        sent = self.by_document[document]
        share = 100 * sent / self.requests if self.requests else 0.0
        return sent >= max(1, self.rules.minimum_requests) and share >= self.rules.minimum_percent

    def describe(self, document: str) -> str:
        """How often it was sent, and by whom."""
        sent = self.by_document[document]
        names = ", ".join(f"{name} {number}" for name, number in self.clients.get(document, Counter()).most_common(3))
        return f"{sent} of {self.requests} requests" + (f" ({names})" if names else "")

    def count_unknown(self, documents: Iterable[str]) -> int:
        """Requests of other documents than these."""
        known = set(documents)
        return sum(number for document, number in self.by_document.items() if document not in known)


def read_traffic(paths: Iterable[Path], rules: TrafficFilter | None = None) -> Traffic:
    """The requests in files of JSON lines, as the access log writes them; other lines are skipped.

    Raises ConfigurationInvalid for a file that cannot be read, or that has no line of an access log.
    """
    traffic = Traffic(rules or TrafficFilter())
    for path in paths:
        lines = 0
        for line in _read_lines(path):
            lines += 1
            if _counts(line, traffic.rules):
                for document in _list_documents(line):
                    traffic.by_document[document] += 1
                    client = line.get("client_name")
                    traffic.clients.setdefault(document, Counter())[str(client or "unnamed")] += 1
        if not lines:
            raise ConfigurationInvalid(
                f"{path} has no line of an access log: enable `observability.access_log` and JSON as format of logs."
            )
    return traffic


def _read_lines(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        with path.open("rb") as file:
            for line in file:
                try:
                    content = orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue
                if isinstance(content, dict) and (content.get("logger"), content.get("event")) == _LINE:
                    yield content
    except OSError as error:
        raise ConfigurationInvalid(f"The access log {path} cannot be read: {error.strerror}.") from error


def _counts(line: Mapping[str, Any], rules: TrafficFilter) -> bool:
    if line.get("client_name") in rules.ignored_clients:
        return False
    if rules.since is None:
        return True
    try:
        return datetime.fromisoformat(str(line.get("timestamp"))) >= rules.since
    except (TypeError, ValueError):
        return True


def _list_documents(line: Mapping[str, Any]) -> Iterator[str]:
    """The hashes of the documents of one request, which is a batch where it has `operations`."""
    for operation in line.get("operations") or (line,):
        if isinstance(operation, dict) and isinstance(operation.get("document"), str):
            yield operation["document"]
