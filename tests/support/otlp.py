"""A receiver of OTLP over HTTP, and the spans that it was sent as a tree that tests ask questions."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SentSpan


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    """One span as it was sent; `parent_id` is empty for the first of a trace that nobody called for."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: str
    has_failed: bool
    attributes: Mapping[str, str | int]
    started: int
    ended: int


@dataclass
class Receiver:
    """What came so far; spans come in batches, the ones that end first being first."""

    endpoint: str = ""
    spans: list[ReceivedSpan] = field(default_factory=list)

    def of_trace(self, trace_id: str) -> Sequence[ReceivedSpan]:
        return [span for span in tuple(self.spans) if span.trace_id == trace_id]

    def path_to_root(self, span: ReceivedSpan) -> list[ReceivedSpan]:
        """The span, the one that called for it, and so on; ends where a caller was not sent to us."""
        known = {each.span_id: each for each in self.of_trace(span.trace_id)}
        path = [span]
        while (parent := known.get(path[-1].parent_id)) is not None:
            path.append(parent)
        return path


@contextmanager
def receive_spans() -> Iterator[Receiver]:
    """A receiver on a free port of this machine, in a thread of its own."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            receiver.spans += _read(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing of each request."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.endpoint = f"http://127.0.0.1:{server.server_port}/v1/traces"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _read(request: ExportTraceServiceRequest) -> Iterator[ReceivedSpan]:
    for resource in request.resource_spans:
        named = {item.key: item.value.string_value for item in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield ReceivedSpan(
                    service=named["service.name"],
                    name=span.name,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    kind=SentSpan.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
                    has_failed=span.status.code == span.status.STATUS_CODE_ERROR,
                    attributes={item.key: item.value.string_value or item.value.int_value for item in span.attributes},
                    started=span.start_time_unix_nano,
                    ended=span.end_time_unix_nano,
                )
