"""Spans of a subgraph's requests and operations."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from entrepot.shared.telemetry.spans import RecordingTracer
from tests.support.kernel import Kernel
from tests.support.kernel_graph import SECRET

TRACE, CALLER = "a" * 32, "b" * 16


@pytest.fixture
def exporter(kernel: Kernel) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    kernel.transactions.tracer = RecordingTracer("tests", 1.0, SimpleSpanProcessor(exporter))
    return exporter


async def ask(served: Any, query: str) -> None:
    headers = served.identity() | {"traceparent": f"00-{TRACE}-{CALLER}-01"}
    await served.client.query(query, headers=headers)


def ids(span: ReadableSpan) -> tuple[str, str]:
    context = span.get_span_context()
    assert context is not None
    return f"{context.trace_id:032x}", f"{context.span_id:016x}"


async def test_a_request_and_below_it_its_operation(served: Any, exporter: InMemorySpanExporter) -> None:
    await ask(served, "query Known { long(value: 1) }")
    operation, request = exporter.get_finished_spans()
    assert (request.name, request.kind) == ("POST /graphql", SpanKind.SERVER)
    assert request.parent is not None
    assert (f"{request.parent.trace_id:032x}", f"{request.parent.span_id:016x}") == (TRACE, CALLER)
    assert (request.attributes or {})["http.response.status_code"] == 200
    assert operation.parent is not None
    assert f"{operation.parent.span_id:016x}" == ids(request)[1]
    assert operation.name == "query Known"
    assert dict(operation.attributes or {}) == {"graphql.operation.type": "query", "graphql.operation.name": "Known"}


async def test_an_operation_with_errors_says_of_which_kind(served: Any, exporter: InMemorySpanExporter) -> None:
    await ask(served, "{ boom }")
    operation, _ = exporter.get_finished_spans()
    assert operation.status.status_code is StatusCode.ERROR
    assert (operation.attributes or {})["error.type"]
    assert SECRET not in operation.to_json()


async def test_who_is_refused_has_no_operation(served: Any, exporter: InMemorySpanExporter) -> None:
    await served.client.query("{ long(value: 1) }", headers={})
    (request,) = exporter.get_finished_spans()
    assert (request.attributes or {})["http.response.status_code"] == 401
    assert request.status.status_code is StatusCode.UNSET
