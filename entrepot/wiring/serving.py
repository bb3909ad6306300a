"""Apps behind HTTP servers of this process; sockets come first, so that a taken port is told before anything starts."""

from __future__ import annotations

import argparse
import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, Final

from entrepot.shared.errors import InternalError

_BACKLOG: Final = 2048
_GRACE: Final = 3
_HIGHEST_PORT: Final = 65535


class AddressUnavailable(InternalError):
    """The address cannot be listened on."""

    code = "ADDRESS_UNAVAILABLE"


def listen(host: str, port: int, option: str) -> socket.socket:
    """A socket that listens; port 0 is any free one.

    Raises AddressUnavailable, which names the command line's `option` that chooses another port.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise AddressUnavailable(_explain(error, host, port, option)) from error
    return listener


def read_port(text: str) -> int:
    """A port of the command line; 0 stands for any free one. Raises ArgumentTypeError."""
    if not text.isascii() or not text.isdecimal() or int(text) > _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a whole number from 0 to {_HIGHEST_PORT}")
    return int(text)


def port_of(listener: socket.socket) -> int:
    """The port it listens on."""
    return int(listener.getsockname()[1])


def loop_factory() -> Any:
    """The faster event loop where it is installed; None for Python's own."""
    if find_spec("uvloop") is None:
        return None
    import uvloop

    return uvloop.new_event_loop


async def serve_until_told(apps: Sequence[tuple[Any, socket.socket]], announce: Callable[[], None]) -> None:
    """Serve each app on its socket until SIGINT or SIGTERM; `announce` is called when all of them answer.

    Open requests get a few seconds to end, unless the signal comes again. One that is repeated at once changes nothing,
    nor any while the caller closes what it opened: `make` and containers pass on one that the process got already.
    """
    # Here, since a command line is read without a server.
    from entrepot.router.app.serve import build_server

    servers = [build_server(app, grace=_GRACE, listens_to_signals=False, access_log=False) for app, _ in apps]
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server in servers:
            server.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    async with asyncio.TaskGroup() as group:
        for server, (_, listener) in zip(servers, apps, strict=True):
            group.create_task(server.serve([listener]))
        await asyncio.gather(*(server.opened.wait() for server in servers))
        if all(server.started for server in servers):
            announce()
        else:
            stop()


def _explain(error: OSError, host: str, port: int, option: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is taken: end what listens there, or choose another port with {option}."
    if error.errno == errno.EACCES:
        return f"Port {port} of {host} needs rights that this process lacks: choose one above 1023 with {option}."
    return f"{host}:{port} cannot be listened on: {error.strerror or error}."
