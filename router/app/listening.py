"""Sockets that listen, opened before anything is served, so that a port that is taken is one line at the start."""

from __future__ import annotations

import errno
import socket
from typing import Final

from entrepot.router.errors import CannotListen

_BACKLOG: Final = 2048


def listen(host: str, port: int, remedy: str) -> list[socket.socket]:
    """Sockets that listen on every address of the host; port 0 is any free one, the same for all.

    Raises CannotListen, whose message ends with the `remedy`, such as `choose another port with --port`.
    """
    listeners: list[socket.socket] = []
    try:
        found = list(
            dict.fromkeys(socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE))
        )
        for family, kind, protocol, _, address in found:
            listener = socket.socket(family, kind, protocol)
            listeners.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6 and len(found) > 1:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            chosen = port or (port_of(listeners[0]) if len(listeners) > 1 else 0)
            try:
                listener.bind((address[0], chosen, *address[2:]))
            except OSError as error:
                if error.errno != errno.EADDRNOTAVAIL or len(found) == 1:
                    raise
                # A name with an address of IPv6, on a machine without IPv6.
                listeners.remove(listener)
                listener.close()
                continue
            listener.listen(_BACKLOG)
    except OSError as error:
        for listener in listeners:
            listener.close()
        raise CannotListen(_explain(error, host, port, remedy)) from error
    return listeners


def port_of(listener: socket.socket) -> int:
    """The port it listens on."""
    return int(listener.getsockname()[1])


def print_origin(host: str, listener: socket.socket, *, is_secure: bool = False) -> str:
    """`http://host:port`, as a browser takes it, or `https` where it `is_secure`."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - compared, not bound
    return f"{'https' if is_secure else 'http'}://{name}:{port_of(listener)}"


def _explain(error: OSError, host: str, port: int, remedy: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is taken: end what listens there, or {remedy}."
    if error.errno == errno.EACCES:
        return f"Port {port} of {host} needs rights that this process lacks: take one above 1023, or {remedy}."
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine ({error.strerror or error}): listen on 127.0.0.1 or another one."
    return f"{host}:{port} cannot be listened on: {error.strerror or error}. Correct the address, or {remedy}."
