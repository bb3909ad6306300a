"""Spans and the ids that tie them to those of clients and subgraphs, in memory and over OTLP."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from entrepot.router.config import ObservabilityConfig, RouterConfig, TracingConfig, parse_config
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.observe import Tracing, build_tracing, tracing
from entrepot.shared.clock import Clock, SystemClock
from tests.support.asgi_client import AsgiClient, serve
from tests.support.clock import ManualClock
from tests.support.scripted_transport import ScriptedTransport
from tests.support.small_graph import SmallGraph

BuildClient = Callable[..., AsgiClient]
CLIENT_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CLIENT_SPAN = "00f067aa0ba902b7"
QUERY = "query Me { me { name notes { text } } }"


def config(**options: Any) -> RouterConfig:
    return RouterConfig(observability=ObservabilityConfig(tracing=TracingConfig(enabled=True, **options)))


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Where the spans of routers end that are built in this test."""
    kept = InMemorySpanExporter()

    def build(section: TracingConfig, clock: Clock) -> Tracing:
        return Tracing(section, SimpleSpanProcessor(kept), clock)

    monkeypatch.setattr("entrepot.router.observe.build_tracing", build)
    yield kept
    kept.shutdown()


def by_name(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def identity(span: ReadableSpan) -> tuple[str, str]:
    ids = span.get_span_context()
    assert ids is not None
    return f"{ids.trace_id:032x}", f"{ids.span_id:016x}"


class TestSpans:
    async def test_a_request_its_stages_and_its_fetches(
        self, build_client: BuildClient, exporter: InMemorySpanExporter
    ) -> None:
        await build_client(config()).query(QUERY)
        spans = by_name(exporter)
        root = spans["query Me"]
        assert root.kind is SpanKind.SERVER
        assert root.parent is None
        assert dict(root.attributes or {}) == {
            "graphql.operation.type": "query",
            "graphql.operation.name": "Me",
            "http.response.status_code": 200,
        }
        assert {"parse", "validate", "plan", "fetch people", "fetch notes"} <= spans.keys()
        for name, span in spans.items():
            if name != "query Me":
                assert span.parent is not None
                assert (f"{span.parent.trace_id:032x}", f"{span.parent.span_id:016x}") == identity(root)
        assert spans["fetch notes"].kind is SpanKind.CLIENT
        assert (spans["fetch notes"].attributes or {})["peer.service"] == "notes"

    async def test_what_is_found_done_has_no_span(
        self, build_client: BuildClient, exporter: InMemorySpanExporter
    ) -> None:
        client = build_client(config())
        await client.query(QUERY)
        exporter.clear()
        await client.query(QUERY)
        assert sorted(by_name(exporter)) == ["fetch notes", "fetch people", "query Me"]

    async def test_stages_lie_within_the_request(
        self, build_client: BuildClient, exporter: InMemorySpanExporter
    ) -> None:
        await build_client(config(), clock=SystemClock()).query(QUERY)
        spans = by_name(exporter)
        root, stage = spans["query Me"], spans["plan"]
        slack = 5_000_000
        assert root.start_time is not None
        assert root.end_time is not None
        assert stage.start_time is not None
        assert stage.end_time is not None
        assert root.start_time - slack <= stage.start_time <= stage.end_time <= root.end_time + slack

    async def test_failures_are_marked(self, build_client: BuildClient, exporter: InMemorySpanExporter) -> None:
        await build_client(config(), transport=ScriptedTransport(OSError("nobody there"))).query(
            "query Me { me { name } }"
        )
        await build_client(config()).query("query Bad { nothing }")
        fetch, refused = by_name(exporter)["fetch people"], by_name(exporter)["GraphQL Operation"]
        for span, code in ((fetch, "INTERNAL_SERVER_ERROR"), (refused, "GRAPHQL_VALIDATION_FAILED")):
            assert span.status.status_code is StatusCode.ERROR
            assert (span.attributes or {})["error.type"] == code

    @pytest.mark.parametrize(("documents", "is_there"), [(False, False), (True, True)])
    async def test_documents_are_recorded_only_when_asked_for(
        self, build_client: BuildClient, exporter: InMemorySpanExporter, *, documents: bool, is_there: bool
    ) -> None:
        await build_client(config(documents=documents)).query(QUERY)
        assert ("graphql.document" in (by_name(exporter)["query Me"].attributes or {})) is is_there


class TestPropagation:
    async def test_the_client_s_trace_goes_on_to_subgraphs(
        self, build_client: BuildClient, exporter: InMemorySpanExporter, graph: SmallGraph
    ) -> None:
        headers = {"traceparent": f"00-{CLIENT_TRACE}-{CLIENT_SPAN}-01", "tracestate": "vendor=abc"}
        await build_client(config()).query(QUERY, headers=headers)
        spans = by_name(exporter)
        root = spans["query Me"]
        assert root.parent is not None
        assert (f"{root.parent.trace_id:032x}", f"{root.parent.span_id:016x}") == (CLIENT_TRACE, CLIENT_SPAN)
        for name, _, sent in graph.requests:
            trace_id, span_id = identity(spans[f"fetch {name}"])
            assert sent["traceparent"] == f"00-{trace_id}-{span_id}-01"
            assert trace_id == CLIENT_TRACE
            assert sent["tracestate"] == "vendor=abc"

    async def test_a_client_that_does_not_sample_is_obeyed(
        self, build_client: BuildClient, exporter: InMemorySpanExporter, graph: SmallGraph
    ) -> None:
        headers = {"traceparent": f"00-{CLIENT_TRACE}-{CLIENT_SPAN}-00"}
        await build_client(config(ratio=1)).query("{ me { name } }", headers=headers)
        assert exporter.get_finished_spans() == ()
        (_, _, sent), *_ = graph.requests
        assert sent["traceparent"].startswith(f"00-{CLIENT_TRACE}-")
        assert sent["traceparent"].endswith("-00")

    async def test_the_ratio_decides_about_traces_that_begin_here(
        self, build_client: BuildClient, exporter: InMemorySpanExporter
    ) -> None:
        await build_client(config(ratio=0)).query("{ me { name } }")
        assert exporter.get_finished_spans() == ()
        await build_client(config(ratio=0)).query(
            "{ me { name } }", headers={"traceparent": f"00-{CLIENT_TRACE}-{CLIENT_SPAN}-01"}
        )
        assert exporter.get_finished_spans() != ()


class TestExport:
    async def test_spans_reach_a_receiver_by_otlp_over_http(self, build_client: BuildClient) -> None:
        received: list[tuple[str, dict[str, str], ExportTraceServiceRequest]] = []

        async def receiver(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan":
                for part in ("startup", "shutdown"):
                    await receive()
                    await send({"type": f"lifespan.{part}.complete"})
                return
            message = await receive()
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            received.append((scope["path"], headers, ExportTraceServiceRequest.FromString(message["body"])))
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        async with serve(receiver) as address:
            endpoint = f"http://{address}/v1/traces"
            client = build_client(config(endpoint=endpoint, headers={"x-team": "shop"}, service_name="edge"))
            await client.query(QUERY)
            await asyncio.to_thread(client.app._dependencies.observer.close)
        (path, headers, request), *_ = received
        (resource,) = request.resource_spans
        names = {span.name for scope in resource.scope_spans for span in scope.spans}
        service = {item.key: item.value.string_value for item in resource.resource.attributes}["service.name"]
        assert (path, headers["x-team"], service) == ("/v1/traces", "shop", "edge")
        assert {"query Me", "fetch people", "fetch notes"} <= names

    def test_missing_packages_are_named(self, monkeypatch: pytest.MonkeyPatch, clock: ManualClock) -> None:
        monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
        with pytest.raises(ConfigurationInvalid, match=r"the extra `tracing` of the wheel"):
            build_tracing(TracingConfig(enabled=True), clock)

    def test_nothing_is_loaded_for_what_is_off(self) -> None:
        code = (
            "import sys; from entrepot.router.app import build_router_app;"
            "from entrepot.router.config import RouterConfig;"
            "from tests.support.small_graph import SUPERGRAPH; build_router_app(RouterConfig(), SUPERGRAPH);"
            "off = ('opentelemetry', 'prometheus_client', 'entrepot.router.observe');"
            "print([n for n in sys.modules if n.startswith(off)])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"


def test_the_section_is_read() -> None:
    section = parse_config("observability: {tracing: {enabled: true, ratio: '${R}'}}", {"R": "0.25"})
    assert section.observability.tracing.ratio == 0.25
    assert tracing.build_tracing is build_tracing
