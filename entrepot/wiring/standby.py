"""The application of a process that may stand by: it answers for nobody until it leads."""

from __future__ import annotations

from typing import Final

from entrepot.router.web.asgi import Receive, Scope, Send, send_json
from entrepot.wiring.storefront_graph import StorefrontGraph

_NO_STORE: Final = ((b"cache-control", b"no-store"),)
_RETRY: Final = ((b"retry-after", b"1"), *_NO_STORE)
_TRY_AGAIN_LATER: Final = 1013
_MESSAGE: Final = "This process stands by and serves no traffic. Send the request to the process that is ready."


class StandbyApp:
    """The graphs behind a door, which `begin_serving` opens.

    While it is closed, the process is live and not ready, and all other requests get 503 with the code STANDBY.
    """

    def __init__(self, graphs: StorefrontGraph) -> None:
        self._graphs = graphs
        self._is_serving = False

    def begin_serving(self) -> None:
        self._is_serving = True

    def begin_closing(self) -> None:
        """Say from now on that the process is not ready."""
        self._graphs.begin_closing()

    async def end_streams(self) -> None:
        """End all streams in the way that makes clients connect again."""
        await self._graphs.end_streams()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_serving or scope["type"] == "lifespan":
            await self._graphs(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _TRY_AGAIN_LATER, "reason": _MESSAGE})
        elif scope["path"] == "/health/live":
            await send_json(send, 200, {"status": "live"}, _NO_STORE)
        elif scope["path"] == "/health/ready":
            await send_json(send, 503, {"status": "standby", "checks": {}}, _NO_STORE)
        else:
            error = {"message": _MESSAGE, "extensions": {"code": "STANDBY"}}
            await send_json(send, 503, {"errors": [error]}, _RETRY)
