"""Counters and histograms of requests: plain integers, incremented in place and read at a scrape."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from typing import Final

from entrepot.router.observe.records import RequestRecord, list_codes
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.instrumentation.records import Computation
from entrepot.shared.telemetry.histogram import BOUNDS, Histogram

OTHER: Final = "OTHER"
# Subgraphs choose their error codes, so the number of label values is bounded.
_MAX_CODES: Final = 100


class FetchMetrics(Histogram):
    """Fetches from one subgraph: a histogram of durations, and counts by HTTP status or error code."""

    __slots__ = ("outcomes",)

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: dict[str | int, int] = {}


class SubgraphFetchMetrics:
    """Fetches from all subgraphs, by name."""

    def __init__(self) -> None:
        self.by_subgraph: dict[str, FetchMetrics] = {}

    def add(self, subgraph: str, outcome: str | int, seconds: float) -> None:
        tally = self.by_subgraph.get(subgraph)
        if tally is None:
            tally = self.by_subgraph[subgraph] = FetchMetrics()
        tally.counts[bisect_left(BOUNDS, seconds)] += 1
        tally.seconds += seconds
        outcomes = tally.outcomes
        outcomes[outcome] = outcomes.get(outcome, 0) + 1


class RequestMetrics:
    """Metrics of requests since the start of the process; they survive reloads."""

    def __init__(self) -> None:
        self.fetches = SubgraphFetchMetrics()
        self.statuses: dict[int, int] = {}
        self.operations: dict[tuple[str, str, str], int] = {}
        """By kind, by name when the document is persisted (else empty), and by outcome."""
        self.codes: Counter[str] = Counter()
        self.requests = Histogram()
        self.stages: dict[str, Histogram] = {}

    def add_stages(self, computed: Iterable[Computation]) -> None:
        """Count the stages of an operation that computed something."""
        for each in computed:
            tally = self.stages.get(each.stage)
            if tally is None:
                tally = self.stages[each.stage] = Histogram()
            tally.add(each.ended - each.started)

    def add_request(self, request: RequestRecord, seconds: float) -> None:
        """Count a request that has ended."""
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
    """The operation's kind, and its name when its document is persisted: clients choose all other names."""
    try:
        operation = context.operation
    except AttributeError:
        # Refused before it was found.
        return "unknown", ""
    registry = context.request.snapshot.persisted_documents
    if registry.is_empty:
        return operation.kind, ""
    document = context.document
    if document.is_persisted is None:
        document.is_persisted = registry.holds(document.text)
    name = operation.node.name
    return operation.kind, name.value if name is not None and document.is_persisted else ""
