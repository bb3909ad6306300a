"""The configuration of a server, with the registry that its connections share."""

from __future__ import annotations

from typing import Any

import uvicorn

from entrepot.router.app.connections.registry import ConnectionRegistry


class ListeningConfig(uvicorn.Config):
    """uvicorn's configuration, and the registry of the connections; `options` are uvicorn's."""

    def __init__(self, app: Any, registry: ConnectionRegistry, **options: Any) -> None:
        super().__init__(app, **options)
        self.registry = registry
