"""A free port out of few, so that a benchmark's servers are easy to tell from others."""

from __future__ import annotations

import socket
from typing import Final

from benchmarks.gateway.processes import DidNotStart

_PORTS: Final = range(22_000, 22_100)


def find_port() -> int:
    """One on which nothing listens; raises DidNotStart."""
    for port in _PORTS:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise DidNotStart(f"All ports from {_PORTS.start} to {_PORTS.stop - 1} are taken.")
