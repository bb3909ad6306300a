"""Open connections, counted in all and by client address."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Final, Protocol

from entrepot.router.app.connections.open_files import count_open_files
from entrepot.router.config import RouterConfig
from entrepot.router.errors import ClientError
from entrepot.router.web.http.address import AddressReader
from entrepot.shared.caching.addresses import widen_address
from entrepot.shared.telemetry import get_logger

ConfigSource = Callable[[], RouterConfig]
NoteRefusal = Callable[[ClientError, str], None]

# Files that the process needs besides connections of clients: subgraphs, databases, logs.
_RESERVED_FILES: Final = 256
_log = get_logger(__name__)


class TimedConnection(Protocol):
    """A connection that ends what its client does not complete in time."""

    def check_deadlines(self, now: float) -> None:
        """End the connection if one of its time limits is over."""
        ...


def _count_possible() -> float:
    """How many connections the limit of open files leaves room for, at least half of it."""
    files = count_open_files()
    return math.inf if files is None else max(files - _RESERVED_FILES, files // 2)


class ConnectionRegistry:
    """Admits connections up to the limits of the configuration, which `read_config` returns as it is now.

    `note_refusal` is called with each refusal of what a client sent, and its address.
    """

    def __init__(self, read_config: ConfigSource, note_refusal: NoteRefusal | None = None) -> None:
        self._read_config = read_config
        self._note_refusal = note_refusal
        self._config: RouterConfig | None = None
        self._addresses = AddressReader(())
        self._by_network: Counter[str] = Counter()
        self._refused = 0
        self.open = 0
        """The number of admitted connections that are open."""

    @property
    def config(self) -> RouterConfig:
        """The configuration in service."""
        config = self._read_config()
        if config is not self._config:
            self._addresses = AddressReader(config.server.trusted_proxies)
            self._config = config
        return config

    def admit(self, address: str) -> str | None:
        """Count another connection from this address; the name to `release` it by, or None if there are too many."""
        server = self.config.server
        # The connections of a trusted proxy are those of many clients.
        network = "" if not address or self._addresses.is_trusted(address) else widen_address(address)
        if self.open >= min(server.max_connections, _count_possible()) or (
            network and self._by_network[network] >= server.max_connections_per_address
        ):
            self._refused += 1
            return None
        self.open += 1
        self._by_network[network] += 1
        return network

    def release(self, network: str) -> None:
        """Note the end of an admitted connection."""
        self.open -= 1
        self._by_network[network] -= 1
        if not self._by_network[network]:
            del self._by_network[network]

    def note_refusal(self, error: ClientError, address: str) -> None:
        """Note that the head or body of a request was refused before the application saw it."""
        if self._note_refusal is not None:
            self._note_refusal(error, address)

    def log_refused(self) -> None:
        """Log how many connections were refused since the last call."""
        if self._refused:
            _log.warning("server.connections_refused", refused=self._refused, open=self.open)
            self._refused = 0
