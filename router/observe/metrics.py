"""What is counted: plain integers, raised where things happen and read when somebody scrapes."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from typing import Final

from router.observe.records import OperationRecord, RequestRecord, list_codes
from router.pipeline.documents import DocumentEntry
from router.pipeline.timings import Computation

BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The upper bounds of the buckets, in seconds; the last bucket has none."""
OTHER: Final = "OTHER"
# Codes of subgraphs are theirs to choose, so that only so many are told apart.
_MAX_CODES: Final = 100


class Tally:
    """How often something took how long: a count for each bucket, and the sum in seconds."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


class FetchTally(Tally):
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
        self.requests = Tally()
        self.stages: dict[str, Tally] = {}

    def add_stages(self, computed: Iterable[Computation]) -> None:
        """The stages of an operation that had something to compute."""
        for each in computed:
            tally = self.stages.get(each.stage)
            if tally is None:
                tally = self.stages[each.stage] = Tally()
            tally.add(each.ended - each.started)

    def add_request(self, record: RequestRecord, seconds: float) -> None:
        """A request that has ended."""
        status, operations = record.status, record.operations
        is_stream = False
        for operation in operations:
            kind = operation.kind
            is_stream = is_stream or kind == "subscription"
            key = (kind, _label(operation), operation.outcome)
            self.operations[key] = self.operations.get(key, 0) + 1
            if operation.codes:
                self._count(operation.codes)
        if record.failure is not None and len(operations) != 1:
            self._count(list_codes(record.failure))
        if status is not None:
            self.statuses[status] = self.statuses.get(status, 0) + 1
        if not is_stream:
            self.requests.add(seconds)

    def _count(self, codes: Iterable[str]) -> None:
        for code in codes:
            known = code if code in self.codes or len(self.codes) < _MAX_CODES else OTHER
            self.codes[known] += 1


def _label(record: OperationRecord) -> str:
    """The operation's name when its document is registered: the others are for clients to choose, and have no end."""
    context = record.context
    registry = context.snapshot.registry
    if registry.is_empty or not hasattr(context, "operation"):
        return ""
    document: DocumentEntry = context.document
    if document.is_registered is None:
        document.is_registered = registry.holds(document.text)
    name = context.operation.node.name
    return name.value if name is not None and document.is_registered else ""
