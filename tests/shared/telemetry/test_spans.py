"""Tracers: what a span tells those below it, what is sampled, and what is dropped."""

from __future__ import annotations

import subprocess
import sys

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from entrepot.shared.randomness import SeededRandomness
from entrepot.shared.telemetry import NoOpTracer, TracingOptions, current_trace, use_span
from entrepot.shared.telemetry.spans import RecordingTracer
from tests.support.otlp import receive_spans

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def build(exporter: InMemorySpanExporter, ratio: float = 1.0) -> RecordingTracer:
    return RecordingTracer("tests", ratio, SimpleSpanProcessor(exporter))


class TestRecording:
    def test_a_span_lies_within_its_caller_s(self, exporter: InMemorySpanExporter) -> None:
        tracer = build(exporter)
        with use_span(
            tracer.start_span("work", parent=CALLER, request_id="r-1", kind="server", attributes={"a": 1})
        ) as span:
            assert current_trace() == span.trace
            span.set_attribute("b", "two")
        (recorded,) = exporter.get_finished_spans()
        assert recorded.parent is not None
        assert f"{recorded.parent.span_id:016x}" == "00f067aa0ba902b7"
        assert recorded.kind is SpanKind.SERVER
        assert dict(recorded.attributes or {}) == {"a": 1, "b": "two"}
        assert span.trace.trace_id == TRACE
        assert span.trace.request_id == "r-1"
        assert span.trace.traceparent == f"00-{TRACE}-{span.trace.span_id}-01"

    @pytest.mark.parametrize("parent", [None, "", "nonsense", f"00-{'0' * 32}-00f067aa0ba902b7-01"])
    def test_without_a_caller_it_is_the_first(self, exporter: InMemorySpanExporter, parent: str | None) -> None:
        span = build(exporter).start_span("work", parent=parent)
        span.end()
        (recorded,) = exporter.get_finished_spans()
        assert recorded.parent is None
        assert span.trace.request_id == f"req-{span.trace.trace_id[:16]}"

    def test_work_that_fails_fails_its_span(self, exporter: InMemorySpanExporter) -> None:
        with pytest.raises(KeyError), use_span(build(exporter).start_span("work", parent=None)):
            raise KeyError("a name of somebody")
        (recorded,) = exporter.get_finished_spans()
        assert recorded.status.status_code is StatusCode.ERROR
        assert dict(recorded.attributes or {}) == {"error.type": "KeyError"}
        assert current_trace() is None

    def test_the_caller_decides_what_is_sampled_else_the_ratio(self, exporter: InMemorySpanExporter) -> None:
        tracer = build(exporter, ratio=0.0)
        for parent, is_sampled in ((CALLER, True), (f"{CALLER[:-2]}00", False), (None, False)):
            span = tracer.start_span("work", parent=parent)
            assert span.trace.is_sampled is is_sampled
            span.end()
        assert len(exporter.get_finished_spans()) == 1


class TestTentative:
    def test_what_was_not_worth_it_leaves_nothing(self, exporter: InMemorySpanExporter) -> None:
        tracer = build(exporter)
        with use_span(tracer.start_span("look", parent=None, is_buffered=True)) as look:
            tracer.start_span("ask", parent=look.trace.traceparent).end()
            look.drop()
        assert exporter.get_finished_spans() == ()

    def test_what_was_is_there_whole(self, exporter: InMemorySpanExporter) -> None:
        tracer = build(exporter)
        with use_span(tracer.start_span("look", parent=None, is_buffered=True)) as look:
            tracer.start_span("ask", parent=look.trace.traceparent).end()
            assert exporter.get_finished_spans() == ()
            tracer.start_span("another's", parent=CALLER).end()
            assert [span.name for span in exporter.get_finished_spans()] == ["another's"]
        assert [span.name for span in exporter.get_finished_spans()] == ["another's", "ask", "look"]

    def test_a_failure_is_worth_it(self, exporter: InMemorySpanExporter) -> None:
        with pytest.raises(OSError), use_span(build(exporter).start_span("look", parent=None, is_buffered=True)):
            raise OSError
        assert [span.name for span in exporter.get_finished_spans()] == ["look"]

    def test_it_says_nothing_when_it_is_not_sampled(self, exporter: InMemorySpanExporter) -> None:
        with use_span(build(exporter, ratio=0.0).start_span("look", parent=None, is_buffered=True)):
            pass
        assert exporter.get_finished_spans() == ()


class TestUntraced:
    def test_ids_go_on(self) -> None:
        tracer = NoOpTracer(SeededRandomness(1))
        with use_span(tracer.start_span("work", parent=CALLER, request_id="r-1")) as span:
            assert current_trace() == span.trace
        assert (span.trace.trace_id, span.trace.request_id) == (TRACE, "r-1")
        assert not tracer.is_on


class TestSending:
    def test_spans_are_sent_when_the_tracer_is_closed(self) -> None:
        with receive_spans() as receiver:
            tracer = RecordingTracer.sending(TracingOptions(service_name="shop", endpoint=receiver.endpoint))
            with use_span(tracer.start_span("work", parent=CALLER, kind="consumer")):
                pass
            tracer.close()
            (span,) = receiver.spans
        assert (span.service, span.name, span.kind, span.trace_id) == ("shop", "work", "consumer", TRACE)

    def test_nothing_is_loaded_for_what_is_off(self) -> None:
        code = (
            "import sys; import shared.process; from entrepot.wiring.tracing import build_tracer;"
            "from entrepot.shared.randomness import SeededRandomness; build_tracer({}, 'shop', SeededRandomness(1));"
            "print([n for n in sys.modules if n.startswith('opentelemetry')])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"
