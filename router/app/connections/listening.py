"""The configuration of a server, with the registry that its connections share."""

from __future__ import annotations

import ssl
from typing import Any

import uvicorn

from entrepot.router.app.connections.registry import ConnectionRegistry


class ListeningConfig(uvicorn.Config):
    """uvicorn's configuration, the registry of the connections and the TLS of the server; `options` are uvicorn's."""

    def __init__(
        self, app: Any, registry: ConnectionRegistry, *, tls: ssl.SSLContext | None = None, **options: Any
    ) -> None:
        super().__init__(app, **options)
        self.registry = registry
        self.tls = tls

    def load(self) -> None:
        super().load()
        self.ssl = self.tls
