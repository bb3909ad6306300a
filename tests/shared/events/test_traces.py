"""An event's way as a trace: who announced it, who sent it, who dealt with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from entrepot.shared.backoff import Backoff
from entrepot.shared.events import Consumer, MemoryBus, Message, Relay, UnitOfWorkFactory
from entrepot.shared.events.inbox.consumer import ConsumerRules
from entrepot.shared.telemetry import NoOpTracer, Tracer, use_span
from entrepot.shared.telemetry.spans import RecordingTracer
from tests.support.kernel import Kernel, ThingChanged, handlers_of, note_effect

CALLER = f"00-{'a' * 32}-{'b' * 16}-01"


class Carrier(MemoryBus):
    """The real bus, with a note of the headers."""

    def __init__(self) -> None:
        super().__init__()
        self.traceparents: list[str | None] = []

    async def publish(self, messages: Sequence[Message]) -> None:
        self.traceparents += [message.traceparent for message in messages]
        await super().publish(messages)


async def carry(kernel: Kernel, tracer: Tracer, *, failures: int = 0) -> tuple[str, Carrier]:
    """One event announced, sent and dealt with; the span that announced it, and the bus."""
    left = [failures]

    async def on_changed(unit: Any, event: ThingChanged) -> None:
        if left[0]:
            left[0] -= 1
            raise ValueError("a secret of somebody")
        await note_effect(unit, "done")

    transactions: UnitOfWorkFactory[None] = UnitOfWorkFactory(
        "tests", kernel.database, kernel.environment, None, kernel.fan_out, lambda: None, tracer
    )
    rules = ConsumerRules(attempts=2, backoff=Backoff(base=0.1, limit=0.1))
    bus = Carrier()
    await Consumer(handlers_of({ThingChanged: (on_changed,)}), transactions, rules).start(bus)
    with use_span(tracer.start_span("request", parent=CALLER)) as span:
        await kernel.change("a", 1)
    await Relay("tests", kernel.database, bus, kernel.environment, tracer=tracer).send_due()
    return span.trace.traceparent, bus


def by_name(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def parent_of(span: ReadableSpan) -> str:
    assert span.parent is not None
    return f"{span.parent.span_id:016x}"


async def test_each_lies_within_the_one_before(
    kernel: Kernel, tracer: RecordingTracer, exporter: InMemorySpanExporter
) -> None:
    announced_in, bus = await carry(kernel, tracer)
    spans = by_name(exporter)
    sent, processed = spans["send entrepot.kernel"], spans["process on_changed"]
    assert parent_of(sent) == announced_in[36:52]
    (told,) = bus.traceparents
    assert told is not None
    assert parent_of(processed) == told[36:52]
    assert {span.trace_id for span in [each.get_span_context() for each in spans.values()] if span} == {
        int("a" * 32, 16)
    }
    assert dict(processed.attributes or {}) == {
        "messaging.operation.type": "process",
        "messaging.destination.name": "entrepot.kernel",
        "messaging.consumer.group.name": "tests",
        "entrepot.event.type": "kernel.thing.changed",
        "entrepot.event.subject": "a",
    }


async def test_attempts_and_burial_are_told_and_no_reason_is(
    kernel: Kernel, tracer: RecordingTracer, exporter: InMemorySpanExporter
) -> None:
    await carry(kernel, tracer, failures=2)
    processed = by_name(exporter)["process on_changed"]
    assert processed.status.status_code is StatusCode.ERROR
    assert (processed.attributes or {})["error.type"] == "DEAD_LETTERED"
    assert (processed.attributes or {})["entrepot.attempts"] == 2
    assert "secret" not in str([span.to_json() for span in exporter.get_finished_spans()])


async def test_without_a_tracer_the_message_says_who_announced_it(kernel: Kernel) -> None:
    announced_in, bus = await carry(kernel, NoOpTracer(kernel.environment.randomness))
    assert bus.traceparents == [announced_in]


async def test_work_that_is_resumed_belongs_to_the_trace_it_was_begun_in(
    kernel: Kernel, tracer: RecordingTracer, exporter: InMemorySpanExporter
) -> None:
    transactions: UnitOfWorkFactory[None] = UnitOfWorkFactory(
        "tests", kernel.database, kernel.environment, None, kernel.fan_out, lambda: None, tracer
    )
    with transactions.start_span("settle", CALLER):
        async with transactions.begin() as unit:
            unit.publish(ThingChanged(thing_id="a", number=1))
            (said,) = [publication.traceparent for publication in unit.publications]
            with unit.start_span("saga", said):
                pass
    settled, saga = by_name(exporter)["settle"], by_name(exporter)["saga"]
    assert parent_of(settled) == "b" * 16
    context = settled.get_span_context()
    assert context is not None
    assert parent_of(saga) == f"{context.span_id:016x}"
