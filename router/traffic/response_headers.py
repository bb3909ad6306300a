"""Header propagation from subgraph responses to the client."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from entrepot.router.config import HeaderRule, ResponseHeaderRule
from entrepot.router.execution import FetchRecord

RawHeaders = tuple[tuple[bytes, bytes], ...]

# Headers of one connection (RFC 9110 section 7.6.1), those that describe the subgraph's body, and what the router says
# of its own answer.
NEVER_PROPAGATED: Final = frozenset(
    {
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "keep-alive",
        "proxy-authenticate",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "vary",
        "x-content-type-options",
        "x-request-id",
    }
)
_NEVER_PREFIX: Final = "access-control-"
_COOKIE: Final = "set-cookie"


class ResponseHeaderPropagation:
    """The rules of a configuration, put in order for each subgraph when it first answers."""

    def __init__(self, rules: Iterable[HeaderRule]) -> None:
        self._rules = tuple((rule.response, rule.subgraphs) for rule in rules if rule.response is not None)
        self._by_subgraph: dict[str, tuple[ResponseHeaderRule, ...]] = {}

    @property
    def has_rules(self) -> bool:
        return bool(self._rules)

    def collect(self, *executions: Sequence[FetchRecord]) -> RawHeaders:
        """The headers that the fetches of an execution, or of several in the order of a batch, leave to the client.

        They are taken in the order of the plans, whichever answered first; of several rules that fit a header the first
        one holds.
        """
        values: dict[str, list[str]] = {}
        ordered = (sorted(records, key=lambda record: record.fetch_id) for records in executions)
        for record in chain.from_iterable(ordered):
            rules = self._rules_of(record.subgraph)
            for name, value in record.headers.items():
                rule = _find_rule(rules, name)
                if rule is None:
                    continue
                if name == _COOKIE:
                    # Cookies of several subgraphs do not replace each other, and do not bear being joined.
                    values.setdefault(name, []).extend(record.cookies)
                elif rule.algorithm == "append":
                    values.setdefault(name, []).append(value)
                elif rule.algorithm == "last" or name not in values:
                    values[name] = [value]
        return tuple(
            (name.encode("latin-1"), text.encode("latin-1", "replace"))
            for name, several in values.items()
            for text in (several if name == _COOKIE else [", ".join(several)])
            if "\r" not in text and "\n" not in text
        )

    def _rules_of(self, subgraph: str) -> tuple[ResponseHeaderRule, ...]:
        rules = self._by_subgraph.get(subgraph)
        if rules is None:
            rules = tuple(rule for rule, subgraphs in self._rules if not subgraphs or subgraph in subgraphs)
            self._by_subgraph[subgraph] = rules
        return rules


def _find_rule(rules: tuple[ResponseHeaderRule, ...], name: str) -> ResponseHeaderRule | None:
    if name in NEVER_PROPAGATED or name.startswith(_NEVER_PREFIX):
        return None
    return next((rule for rule in rules if any(_matches(pattern.lower(), name) for pattern in rule.propagate)), None)


def _matches(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
