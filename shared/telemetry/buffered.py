"""Spans that are kept back until it is known whether they were worth recording, such as those of a look for work."""

from __future__ import annotations

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace import Span as StartedSpan


class BufferedSpans(SpanProcessor):
    """Gives spans to another processor: those of a trace that is held once it is released, all others at once."""

    def __init__(self, processor: SpanProcessor) -> None:
        self._processor = processor
        self._held: dict[int, list[ReadableSpan]] = {}

    def hold(self, trace_id: int) -> None:
        """Keep back what ends of this trace."""
        self._held[trace_id] = []

    def release(self, trace_id: int) -> None:
        """Give on what was kept back, and what ends from now on."""
        for span in self._held.pop(trace_id, ()):
            self._processor.on_end(span)

    def forget(self, trace_id: int) -> None:
        """It was not worth recording."""
        self._held.pop(trace_id, None)

    def on_start(self, span: StartedSpan, parent_context: Context | None = None) -> None:
        self._processor.on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        ids = span.get_span_context()
        held = self._held.get(ids.trace_id) if ids is not None else None
        if held is None:
            self._processor.on_end(span)
        else:
            held.append(span)

    def shutdown(self) -> None:
        self._processor.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._processor.force_flush(timeout_millis)
