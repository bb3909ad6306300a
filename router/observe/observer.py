"""Who is told of requests and operations: metrics, traces and the log, whichever are on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from entrepot.router.execution import SubgraphTransport
from entrepot.router.observe.access_log import AccessLog
from entrepot.router.observe.collector import Metrics
from entrepot.router.observe.metrics import Tallies
from entrepot.router.observe.records import RequestRecord, find_record
from entrepot.router.observe.tracing import Tracing
from entrepot.router.observe.transport import CountedTransport, MeasuredTransport, TracedTransport
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.instrumentation.request_observer import Watch
from entrepot.shared.clock import Clock
from entrepot.shared.telemetry import Trace


class Observer:
    """Records requests as they go by; `under_way` are those that have not ended."""

    def __init__(
        self, clock: Clock, *, metrics: Metrics | None, tracing: Tracing | None, access_log: AccessLog | None
    ) -> None:
        self.under_way = 0
        self.metrics = metrics
        self._monotonic = clock.monotonic
        self._tracing = tracing
        self._access_log = access_log
        self._tallies = Tallies() if metrics is None else metrics.tallies

    @property
    def is_accompanying(self) -> bool:
        """Whether somebody wants to know which fetches an operation makes, and not only how many there are in all."""
        return self._tracing is not None or self._access_log is not None

    def close(self) -> None:
        """Send what is not sent yet; may take as long as the network does."""
        if self._tracing is not None:
            self._tracing.close()

    def watch(self, trace: Trace, headers: Mapping[str, str]) -> Watch:
        """What watches a request with these headers."""
        if self._tracing is None:
            return RequestRecord(trace, headers, self, self._monotonic())
        span = self._tracing.begin_request(headers)
        ids = span.get_span_context()
        own = replace(
            trace,
            trace_id=f"{ids.trace_id:032x}",
            span_id=f"{ids.span_id:016x}",
            is_sampled=ids.trace_flags.sampled,
        )
        return RequestRecord(own, headers, self, self._monotonic(), span)

    def measure(self, transport: SubgraphTransport) -> SubgraphTransport:
        """The way to subgraphs on which every request is counted and timed."""
        return MeasuredTransport(transport, self._monotonic, self._tallies.fetches)

    def accompany(self, transport: SubgraphTransport, context: RequestContext) -> SubgraphTransport:
        """The way to subgraphs of one operation."""
        counted = CountedTransport(transport, find_record(context))
        if self._tracing is None or not isinstance(context.watch, RequestRecord):
            return counted
        return TracedTransport(counted, context.watch, self._tracing)

    def add_computed(self, request: RequestRecord, context: RequestContext) -> None:
        self._tallies.add_stages(context.computed)
        if self._tracing is not None:
            self._tracing.add_stages(request, context)

    def end_request(self, request: RequestRecord) -> None:
        seconds = self._monotonic() - request.started
        self._tallies.add_request(request, seconds)
        if self._tracing is not None:
            self._tracing.end_request(request)
        if self._access_log is not None:
            self._access_log.note(request, seconds)
