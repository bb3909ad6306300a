"""Routing: a table of paths, without a framework because every request passes here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from entrepot.router.config import RouterConfig
from entrepot.router.errors import OriginRefused
from entrepot.router.pipeline.handler import RequestHandler
from entrepot.router.web.asgi import ASGIApp, Receive, Scope, Send, send_json, send_response
from entrepot.router.web.http.address import AddressReader
from entrepot.router.web.http.endpoint import GraphQLEndpoint
from entrepot.router.web.http.security import Cors
from entrepot.router.web.pages.explorer import Explorer
from entrepot.router.web.pages.health import Readiness, ReadinessCheck, answer_live
from entrepot.router.web.pages.invalidation import Invalidate, Invalidation
from entrepot.router.web.pages.metrics import MetricsPage, MetricsSource
from entrepot.router.web.streaming.active_streams import ActiveStreams
from entrepot.router.web.streaming.streams import Streams
from entrepot.router.web.websocket.endpoint import WebSocketEndpoint
from entrepot.shared.clock import Clock


class Routes:
    """Chooses the application for a request by its path, exact or by prefix, and by the kind of connection."""

    def __init__(
        self,
        exact: Mapping[str, ASGIApp],
        prefixes: Mapping[str, ASGIApp],
        websockets: Mapping[str, ASGIApp],
    ) -> None:
        self._exact = dict(exact)
        self._prefixes = tuple(prefixes.items())
        self._websockets = dict(websockets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if scope["type"] == "websocket":
            await self._websockets.get(path, _refuse_socket)(scope, receive, send)
            return
        app = self._exact.get(path)
        if app is None:
            app = next((other for prefix, other in self._prefixes if path.startswith(prefix)), _answer_not_found)
        await app(scope, receive, send)


def build_web_app(
    handler: RequestHandler,
    config: RouterConfig,
    clock: Clock,
    readiness_checks: Mapping[str, ReadinessCheck],
    active_streams: ActiveStreams,
    *,
    is_closing: Callable[[], bool],
    metrics: MetricsSource | None = None,
    invalidate: Invalidate | None = None,
) -> ASGIApp:
    """The ASGI application over a request handler; the lifespan is the caller's.

    Streams are entered in `active_streams` while they last; when `is_closing`, the router is not ready any more.
    `metrics` are those that are served beside the endpoint; `invalidate` invalidates cached responses.
    """
    path = config.server.path
    explorer = Explorer(config.explorer, path) if config.explorer.enabled else None
    streams = Streams(handler, config.streams, clock, active_streams)
    addresses = AddressReader(config.server.trusted_proxies)
    exact: dict[str, ASGIApp] = {
        "/": _redirect_to(path),
        "/health/live": answer_live,
        "/health/ready": Readiness(readiness_checks, is_closing),
        path: GraphQLEndpoint(handler, streams, explorer, addresses),
    }
    invalidation = config.response_cache.invalidation
    if invalidate is not None and invalidation.token:
        exact[invalidation.path] = Invalidation(invalidation, invalidate)
    if metrics is not None:
        exact[config.observability.metrics.path] = MetricsPage(metrics)
    routes = Routes(
        exact=exact,
        prefixes={} if explorer is None else {"/explorer/": explorer},
        websockets={path: WebSocketEndpoint(handler, config, clock, addresses, active_streams)},
    )

    def note_origin(refusal: OriginRefused, scope: Scope, headers: Mapping[str, str]) -> None:
        handler.guards.security.note(refusal, addresses.read(scope, headers))

    return Cors(routes, config.cors, note_origin)


def _redirect_to(path: str) -> ASGIApp:
    async def redirect(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send_response(send, 307, b"", b"text/plain; charset=utf-8", [(b"location", path.encode("latin-1"))])

    return redirect


async def _answer_not_found(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send_json(send, 404, {"errors": [{"message": "There is nothing at this path."}]})


async def _refuse_socket(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 4404, "reason": "There is nothing at this path."})
