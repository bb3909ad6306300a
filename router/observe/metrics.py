"""What is counted: plain integers, raised where things happen and read when somebody scrapes."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from typing import Final

from entrepot.router.observe.records import RequestRecord, list_codes
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.timings import Computation
from entrepot.shared.telemetry.histogram import BOUNDS, Histogram

OTHER: Final = "OTHER"
# Codes of subgraphs are theirs to choose, so that only so many are told apart.
_MAX_CODES: Final = 100


class FetchTally(Histogram):
    """Requests to one subgraph, and what came back: by HTTP status, or by the code of a failure."""

    __slots__ = ("outcomes",)

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: dict[str | int, int] = {}


class FetchTallies:
    """Requests to all subgraphs, by name."""

    def __init__(self) -> None:
        self.by_subgraph: dict[str, FetchTally] = {}

    def add(self, subgraph: str, outcome: str | int, seconds: float) -> None:
        tally = self.by_subgraph.get(subgraph)
        if tally is None:
            tally = self.by_subgraph[subgraph] = FetchTally()
        tally.counts[bisect_left(BOUNDS, seconds)] += 1
        tally.seconds += seconds
        outcomes = tally.outcomes
        outcomes[outcome] = outcomes.get(outcome, 0) + 1


class Tallies:
    """Everything that is counted of requests since the start, over all reloads."""

    def __init__(self) -> None:
        self.fetches = FetchTallies()
        self.statuses: dict[int, int] = {}
        self.operations: dict[tuple[str, str, str], int] = {}
        """By kind, by name when the document is registered (else empty), and by outcome."""
        self.codes: Counter[str] = Counter()
        self.requests = Histogram()
        self.stages: dict[str, Histogram] = {}

    def add_stages(self, computed: Iterable[Computation]) -> None:
        """The stages of an operation that had something to compute."""
        for each in computed:
            tally = self.stages.get(each.stage)
            if tally is None:
                tally = self.stages[each.stage] = Histogram()
            tally.add(each.ended - each.started)

    def add_request(self, request: RequestRecord, seconds: float) -> None:
        """A request that has ended."""
        status, operations = request.status, request.operations
        is_stream = False
        for context in operations:
            kind, name = _describe(context)
            is_stream = is_stream or kind == "subscription"
            record = context.record
            key = (kind, name, "answered" if record is None else record.outcome)
            self.operations[key] = self.operations.get(key, 0) + 1
            if record is not None and record.codes:
                self._count(record.codes)
        if request.failure is not None and len(operations) != 1:
            self._count(list_codes(request.failure))
        if status is not None:
            self.statuses[status] = self.statuses.get(status, 0) + 1
        if not is_stream:
            self.requests.add(seconds)

    def _count(self, codes: Iterable[str]) -> None:
        for code in codes:
            known = code if code in self.codes or len(self.codes) < _MAX_CODES else OTHER
            self.codes[known] += 1


def _describe(context: RequestContext) -> tuple[str, str]:
    """The operation's kind, and its name when its document is registered: other names are for clients to choose."""
    try:
        operation = context.operation
    except AttributeError:
        # Refused before it was found.
        return "unknown", ""
    registry = context.snapshot.registry
    if registry.is_empty:
        return operation.kind, ""
    document = context.document
    if document.is_registered is None:
        document.is_registered = registry.holds(document.text)
    name = operation.node.name
    return operation.kind, name.value if name is not None and document.is_registered else ""
