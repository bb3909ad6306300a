"""The metrics page, on the GraphQL port or on a port of its own."""

from __future__ import annotations

from typing import Protocol

from entrepot.router.web.asgi import Receive, Scope, Send, read_headers, send_json, send_response


class MetricsSource(Protocol):
    """Prints all metrics in the format that an `Accept` header asks for, with its media type."""

    def print(self, accept: str) -> tuple[bytes, str]: ...


class MetricsPage:
    """What Prometheus scrapes."""

    def __init__(self, source: MetricsSource) -> None:
        self._source = source

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        body, media_type = self._source.print(read_headers(scope).get("accept", ""))
        await send_response(send, 200, body, media_type.encode("latin-1"), [(b"cache-control", b"no-store")])


class MetricsSite:
    """The page as an application by itself, which has nothing else."""

    def __init__(self, source: MetricsSource, path: str) -> None:
        self._page = MetricsPage(source)
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for part in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{part}.complete"})
        elif scope["type"] == "http" and scope["path"] == self._path:
            await self._page(scope, receive, send)
        elif scope["type"] == "http":
            await send_json(send, 404, {"errors": [{"message": f"Metrics are at {self._path}."}]})
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4404, "reason": "There is nothing at this path."})
