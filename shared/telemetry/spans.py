"""Spans recorded by OpenTelemetry; only who traces imports this module, since its packages are an extra."""

from __future__ import annotations

from typing import Final, Self

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from entrepot.shared.telemetry import tracing
from entrepot.shared.telemetry.buffered import BufferedSpans
from entrepot.shared.telemetry.context import TRACEPARENT_HEADER, Trace, name_request
from entrepot.shared.telemetry.tracing import Attributes, TracingOptions

_SCOPE: Final = "entrepot"
_BATCH: Final = 512
_ERROR_TYPE: Final = "error.type"
_KINDS: Final = {kind.name.lower(): kind for kind in SpanKind}
_extract = TraceContextTextMapPropagator().extract


def build_span_processor(options: TracingOptions) -> SpanProcessor:
    """What sends spans, many at once, from a thread of its own; raises ModuleNotFoundError without the packages."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return BatchSpanProcessor(
        OTLPSpanExporter(options.endpoint, headers=dict(options.headers)),
        max_queue_size=options.queue,
        max_export_batch_size=min(_BATCH, options.queue),
        schedule_delay_millis=options.interval * 1000,
    )


def build_provider(service_name: str, ratio: float, processor: SpanProcessor) -> TracerProvider:
    """Tracers of a service whose spans the processor is given; that of the process, if it has one, is left alone."""
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(ratio)),
        resource=Resource.create({"service.name": service_name}),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(processor)
    return provider


class RecordingTracer:
    """A tracer whose spans are given to a processor of OpenTelemetry."""

    is_on = True

    def __init__(self, service_name: str, ratio: float, processor: SpanProcessor) -> None:
        self._buffer = BufferedSpans(processor)
        self._provider = build_provider(service_name, ratio, self._buffer)
        self._tracer = self._provider.get_tracer(_SCOPE)

    @classmethod
    def sending(cls, options: TracingOptions) -> Self:
        """One that sends by OTLP over HTTP."""
        return cls(options.service_name, options.ratio, build_span_processor(options))

    def start_span(
        self,
        name: str,
        *,
        parent: str | None,
        request_id: str | None = None,
        kind: tracing.SpanKind = "internal",
        attributes: Attributes | None = None,
        is_buffered: bool = False,
    ) -> RecordingSpan:
        # Never the context that a library may have left about: who calls whom is what the caller says.
        within = Context() if parent is None else _extract({TRACEPARENT_HEADER: parent}, Context())
        span = self._tracer.start_span(name, within, kind=_KINDS[kind], attributes=attributes)
        ids = span.get_span_context()
        trace_id = f"{ids.trace_id:032x}"
        trace = Trace(name_request(request_id, trace_id), trace_id, f"{ids.span_id:016x}", ids.trace_flags.sampled)
        if is_buffered and span.is_recording():
            self._buffer.hold(ids.trace_id)
            return BufferedSpan(span, trace, self._buffer)
        return RecordingSpan(span, trace)

    def close(self) -> None:
        self._provider.shutdown()


class RecordingSpan:
    """A span of OpenTelemetry; of a trace that is not sampled nothing but the ids goes on."""

    __slots__ = ("_span", "trace")

    def __init__(self, span: Span, trace: Trace) -> None:
        self.trace = trace
        self._span = span

    def set_attribute(self, name: str, value: str | float) -> None:
        self._span.set_attribute(name, value)

    def set_error(self, error_type: str) -> None:
        self._span.set_attribute(_ERROR_TYPE, error_type)
        self._span.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        self._span.end()

    def drop(self) -> None:
        """Nothing was kept back: what was recorded is recorded."""


class BufferedSpan(RecordingSpan):
    """The first of a trace that is kept back until this ends."""

    __slots__ = ("_buffer", "_is_dropped")

    def __init__(self, span: Span, trace: Trace, buffer: BufferedSpans) -> None:
        super().__init__(span, trace)
        self._buffer = buffer
        self._is_dropped = False

    def end(self) -> None:
        if not self._is_dropped:
            self._buffer.release(self._span.get_span_context().trace_id)
            super().end()

    def drop(self) -> None:
        self._is_dropped = True
        self._buffer.forget(self._span.get_span_context().trace_id)
