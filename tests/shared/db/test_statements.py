"""Spans of SQL: below whoever asks, with the text and none of the values."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from entrepot.shared.db import trace_statements
from entrepot.shared.telemetry import use_span
from entrepot.shared.telemetry.spans import RecordingTracer
from tests.support.kernel import Kernel, note_effect


@pytest.fixture
def kernel(kernel_on_each: Kernel, tracer: RecordingTracer) -> Kernel:
    trace_statements(kernel_on_each.database, tracer)
    return kernel_on_each


def statements(exporter: InMemorySpanExporter) -> list[ReadableSpan]:
    return [span for span in exporter.get_finished_spans() if "db.query.text" in (span.attributes or {})]


async def test_a_statement_is_a_span_below_who_asks(
    kernel: Kernel, tracer: RecordingTracer, exporter: InMemorySpanExporter
) -> None:
    with use_span(tracer.start_span("work", parent=None)) as span:
        async with kernel.transactions.begin() as unit:
            await note_effect(unit, "a secret of somebody")
    found = statements(exporter)
    (inserted,) = [each for each in found if (each.attributes or {})["db.operation.name"] == "INSERT"]
    assert inserted.parent is not None
    assert f"{inserted.parent.span_id:016x}" == span.trace.span_id
    assert "INSERT INTO effects" in str((inserted.attributes or {})["db.query.text"])
    assert "secret" not in str([each.to_json() for each in exporter.get_finished_spans()])


async def test_a_statement_that_fails_says_how(
    kernel: Kernel, tracer: RecordingTracer, exporter: InMemorySpanExporter
) -> None:
    with use_span(tracer.start_span("work", parent=None)):
        async with kernel.database.read() as session:
            with pytest.raises(DBAPIError):
                await session.execute(text("SELECT nothing FROM nowhere WHERE name = :name"), {"name": "secret"})
            await session.rollback()
            await session.execute(text("SELECT 1"))
    failed, after = [each for each in statements(exporter) if (each.attributes or {})["db.operation.name"] == "SELECT"]
    assert failed.status.status_code is StatusCode.ERROR
    assert (failed.attributes or {})["error.type"]
    assert after.status.status_code is StatusCode.UNSET


async def test_nobody_s_statements_and_those_not_sampled_are_left_out(
    kernel: Kernel, tracer: RecordingTracer, exporter: InMemorySpanExporter
) -> None:
    async with kernel.database.read() as session:
        await session.execute(text("SELECT 1"))
    with use_span(tracer.start_span("work", parent=f"00-{'a' * 32}-{'b' * 16}-00")):
        async with kernel.database.read() as session:
            await session.execute(text("SELECT 1"))
    assert exporter.get_finished_spans() == ()
