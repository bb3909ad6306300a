"""Apps behind HTTP servers of this process, until a signal ends it."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from entrepot.router.app import RouterApp

_GRACE: Final = 3


def loop_factory() -> Any:
    """The faster event loop where it is installed; None for Python's own."""
    if find_spec("uvloop") is None:
        return None
    import uvloop

    return uvloop.new_event_loop


async def serve_until_told(
    apps: Sequence[tuple[Any, Sequence[socket.socket]]],
    publish: Callable[[], None],
    *,
    router: RouterApp | None = None,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve each app on its sockets until SIGINT or SIGTERM; `publish` is called when all of them answer.

    With `tls`, the first app is served over HTTPS only.

    Connections are bounded by the configuration of `router`, by default the defaults. Open requests get a few seconds
    to end, unless the signal comes again. One that is repeated at once changes nothing, nor any while the caller closes
    what it opened: `make` and containers pass on one that the process got already.
    """
    # Here, since a command line is read without a server.
    from entrepot.router.app.serve import build_server

    options: dict[str, Any] = {}
    if router is not None:
        options = {
            "read_config": lambda: router.config,
            "note_refusal": router.security.note,
            "ws_max_size": router.config.limits.max_websocket_message_bytes,
        }
    servers = [
        build_server(
            app,
            grace=_GRACE,
            listens_to_signals=False,
            access_log=False,
            proxy_headers=False,
            tls=None if number else tls,
            **options,
        )
        for number, (app, _) in enumerate(apps)
    ]
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server in servers:
            server.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    async with asyncio.TaskGroup() as group:
        for server, (_, listeners) in zip(servers, apps, strict=True):
            group.create_task(server.serve(list(listeners)))
        await asyncio.gather(*(server.opened.wait() for server in servers))
        if all(server.started for server in servers):
            publish()
        else:
            stop()
