"""Who is told of requests and operations: metrics, traces and the log, whichever are on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from router.execution import SubgraphTransport
from router.observe.access_log import AccessLog
from router.observe.collector import Metrics
from router.observe.handler import ObservedHandler
from router.observe.metrics import Tallies
from router.observe.records import OperationRecord, RequestRecord
from router.observe.tracing import Tracing
from router.observe.transport import MeasuredTransport, TracedTransport
from router.pipeline.context import RequestContext
from router.pipeline.handle import RequestHandler
from shared.clock import Clock
from shared.telemetry import Trace


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

    def build_handler(self, *arguments: Any) -> RequestHandler:
        """A handler of requests that is watched, from what the other is built from."""
        return ObservedHandler(self, *arguments)

    def close(self) -> None:
        """Send what is not sent yet; may take as long as the network does."""
        if self._tracing is not None:
            self._tracing.close()

    def begin_request(self, trace: Trace, headers: Mapping[str, str]) -> RequestRecord:
        """A request with these headers has come; its trace is that of the record."""
        record = RequestRecord(trace, headers, self._monotonic())
        if self._tracing is not None:
            span = record.span = self._tracing.begin_request(headers)
            ids = span.get_span_context()
            record.trace = replace(
                trace,
                trace_id=f"{ids.trace_id:032x}",
                span_id=f"{ids.span_id:016x}",
                is_sampled=ids.trace_flags.sampled,
            )
        return record

    def begin_operation(self, request: RequestRecord, context: RequestContext) -> OperationRecord:
        """An operation of the request is about to be prepared."""
        record = OperationRecord(context, self._monotonic(), span=request.span)
        request.operations.append(record)
        return record

    def end_preparation(self, record: OperationRecord) -> None:
        """All stages are passed, or one has refused the operation."""
        context = record.context
        if hasattr(context, "operation"):
            record.kind = context.operation.node.operation.value
        if context.computed:
            self._tallies.add_stages(context.computed)
            if self._tracing is not None:
                self._tracing.add_stages(record)

    def accompany(self, transport: SubgraphTransport, context: RequestContext) -> SubgraphTransport:
        """The way to subgraphs for an operation."""
        record = context.record
        assert record is not None, "an operation is recorded before it is executed"
        measured = MeasuredTransport(transport, record, self._monotonic, self._tallies.fetches)
        return measured if self._tracing is None else TracedTransport(measured, record, self._tracing)

    def end_request(self, record: RequestRecord) -> None:
        """The request is answered, or its client has left."""
        seconds = self._monotonic() - record.started
        self._tallies.add_request(record, seconds)
        if self._tracing is not None:
            self._tracing.end_request(record)
        if self._access_log is not None:
            self._access_log.note(record, seconds)
        for operation in record.operations:
            # They hold each other, and the collector of such circles costs more than all that is recorded here.
            operation.context.record = None
