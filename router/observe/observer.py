"""The observer of requests: metrics, traces and the access log, whichever are enabled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from entrepot.router.execution import SubgraphTransport
from entrepot.router.observe.access_log import AccessLog
from entrepot.router.observe.collector import Metrics
from entrepot.router.observe.metrics import RequestMetrics
from entrepot.router.observe.records import RequestRecord, find_record
from entrepot.router.observe.tracing import Tracing
from entrepot.router.observe.transport import CountedTransport, MeasuredTransport, TracedTransport
from entrepot.router.pipeline.context import RequestContext, RequestObserver
from entrepot.shared.clock import Clock
from entrepot.shared.telemetry import Trace


class Observer:
    """Records requests; `in_flight` counts those that have not ended."""

    def __init__(
        self, clock: Clock, *, metrics: Metrics | None, tracing: Tracing | None, access_log: AccessLog | None
    ) -> None:
        self.in_flight = 0
        self.metrics = metrics
        self._monotonic = clock.monotonic
        self._tracing = tracing
        self._access_log = access_log
        self._request_metrics = RequestMetrics() if metrics is None else metrics.request_metrics

    @property
    def wraps_transports(self) -> bool:
        """Whether fetches are recorded per operation, and not only counted in total."""
        return self._tracing is not None or self._access_log is not None

    def close(self) -> None:
        """Export the remaining spans; blocks on the network."""
        if self._tracing is not None:
            self._tracing.close()

    def observe(self, trace: Trace, headers: Mapping[str, str]) -> RequestObserver:
        """The observer of a request with these headers."""
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
        """The transport, with every request counted and timed."""
        return MeasuredTransport(transport, self._monotonic, self._request_metrics.fetches)

    def wrap_transport(self, transport: SubgraphTransport, context: RequestContext) -> SubgraphTransport:
        """The transport for one operation, with its fetches recorded."""
        counted = CountedTransport(transport, find_record(context))
        if self._tracing is None or not isinstance(context.request.observer, RequestRecord):
            return counted
        return TracedTransport(counted, context.request.observer, self._tracing)

    def record_computed_stages(self, request: RequestRecord, context: RequestContext) -> None:
        self._request_metrics.add_stages(context.computed)
        if self._tracing is not None:
            self._tracing.add_stages(request, context)

    def end_request(self, request: RequestRecord) -> None:
        seconds = self._monotonic() - request.started
        self._request_metrics.add_request(request, seconds)
        if self._tracing is not None:
            self._tracing.end_request(request)
        if self._access_log is not None:
            self._access_log.note(request, seconds)
