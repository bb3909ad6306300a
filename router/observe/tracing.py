"""OpenTelemetry spans of requests, computed stages and fetches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from entrepot.router.config import TracingConfig
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.execution import SubgraphRequest
from entrepot.router.observe.records import RequestRecord, read_kind
from entrepot.router.pipeline.context import RequestContext
from entrepot.shared.clock import Clock
from entrepot.shared.installation import explain_missing
from entrepot.shared.telemetry import TracingOptions

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span

_SCOPE: Final = "entrepot.router"
_MAX_DOCUMENT: Final = 10_000
_MAX_NAME: Final = 100
_FIRST_STATUS_OF_FAILURE: Final = 400
_FIRST_SERVER_ERROR: Final = 500
_NANOSECONDS: Final = 1_000_000_000
# The names of the semantic conventions for GraphQL servers and for HTTP.
_OPERATION_TYPE: Final = "graphql.operation.type"
_OPERATION_NAME: Final = "graphql.operation.name"
_DOCUMENT: Final = "graphql.document"
_STATUS: Final = "http.response.status_code"
_ERROR_TYPE: Final = "error.type"


class Tracing:
    """Begins and ends spans; OpenTelemetry is imported when the first one is built, and never before."""

    def __init__(self, config: TracingConfig, processor: SpanProcessor, clock: Clock) -> None:
        from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        from entrepot.shared.telemetry.spans import build_provider

        self._provider = build_provider(config.service_name, config.ratio, processor)
        self._tracer = self._provider.get_tracer(_SCOPE)
        self._propagator = TraceContextTextMapPropagator()
        self._within = set_span_in_context
        self._kinds = SpanKind
        self._failed = Status(StatusCode.ERROR)
        self._records_documents = config.documents
        self._clock = clock

    def begin_request(self, headers: Mapping[str, str]) -> Span:
        """The span of a request, within that of its client where the headers name one (W3C Trace Context)."""
        return self._tracer.start_span("GraphQL Operation", self._propagator.extract(headers), kind=self._kinds.SERVER)

    def add_stages(self, record: RequestRecord, context: RequestContext) -> None:
        """A span for each stage that had something to compute; those that found it done take no time to speak of."""
        span: Span = record.span
        if not span.is_recording():
            return
        # Stages are timed by a clock that tells no date, so that their moments are counted back from now.
        offset = self._clock.now().timestamp() - self._clock.monotonic()
        within = self._within(span)
        for name, started, ended in context.computed:
            child = self._tracer.start_span(name, within, start_time=int((started + offset) * _NANOSECONDS))
            child.end(int((ended + offset) * _NANOSECONDS))

    def begin_fetch(self, record: RequestRecord, request: SubgraphRequest) -> tuple[Span, dict[str, str]]:
        """The span of a request to a subgraph, and the headers that tell the subgraph of it."""
        within = self._within(record.span)
        span = self._tracer.start_span(
            f"fetch {request.subgraph}",
            within,
            kind=self._kinds.CLIENT,
            attributes={
                "peer.service": request.subgraph,
                "http.request.method": "POST",
                "url.full": request.url.partition("?")[0],
            },
        )
        headers: dict[str, str] = {}
        self._propagator.inject(headers, self._within(span))
        return span, headers

    def end_fetch(self, span: Span, outcome: str | int | None, failure: BaseException | None = None) -> None:
        """The fetch has ended with an HTTP status, the code of a failure, or, for a stream, None."""
        if isinstance(outcome, int):
            span.set_attribute(_STATUS, outcome)
            if outcome >= _FIRST_STATUS_OF_FAILURE:
                self._fail(span, str(outcome))
        elif outcome is not None:
            self._fail(span, outcome)
        if failure is not None and failure.__cause__ is not None:
            span.set_attribute("exception.type", type(failure.__cause__).__qualname__)
        span.end()

    def end_request(self, record: RequestRecord) -> None:
        """The request has ended."""
        span: Span = record.span
        if span.is_recording():
            if len(record.operations) == 1:
                self._describe(span, record.operations[0])
            if record.status is not None:
                span.set_attribute(_STATUS, record.status)
            codes = record.codes
            if codes:
                span.set_attribute("graphql.error.codes", codes)
            is_fault = record.status is not None and record.status >= _FIRST_SERVER_ERROR
            if codes and (is_fault or any(_is_refused(context) for context in record.operations)):
                self._fail(span, codes[0])
        span.end()

    def _describe(self, span: Span, context: RequestContext) -> None:
        if not hasattr(context, "operation"):
            return
        kind, name = read_kind(context), context.operation.node.name
        span.set_attribute(_OPERATION_TYPE, kind)
        span.update_name(kind)
        if name is not None:
            span.set_attribute(_OPERATION_NAME, name.value[:_MAX_NAME])
            span.update_name(f"{kind} {name.value[:_MAX_NAME]}")
        if self._records_documents:
            span.set_attribute(_DOCUMENT, context.text[:_MAX_DOCUMENT])

    def _fail(self, span: Span, code: str) -> None:
        span.set_attribute(_ERROR_TYPE, code)
        span.set_status(self._failed)

    def flush(self) -> None:
        """Send what waits, and return when it is sent; for a thread of its own."""
        self._provider.force_flush()

    def close(self) -> None:
        """Send what waits and end; for a thread of its own."""
        self._provider.shutdown()


def _is_refused(context: RequestContext) -> bool:
    return context.record is not None and context.record.outcome == "refused"


def build_tracing(config: TracingConfig, clock: Clock) -> Tracing:
    """Tracing that sends to the configured endpoint; raises ConfigurationInvalid when its packages are missing."""
    options = TracingOptions(
        service_name=config.service_name,
        endpoint=config.endpoint,
        headers=config.headers,
        ratio=config.ratio,
        interval=config.interval,
        queue=config.max_queue_size,
    )
    try:
        from entrepot.shared.telemetry.spans import build_span_processor

        processor = build_span_processor(options)
    except ModuleNotFoundError as error:
        raise ConfigurationInvalid(f"observability.tracing {explain_missing(error.name, 'tracing')}") from error
    return Tracing(config, processor, clock)
