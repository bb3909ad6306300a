"""The router's HTTP server: GraphQL over HTTP, server-sent events and WebSocket, the explorer, health."""

from entrepot.router.web.pages.explorer import Explorer
from entrepot.router.web.pages.health import ReadinessCheck
from entrepot.router.web.routes import build_web_app

__all__ = ["Explorer", "ReadinessCheck", "build_web_app"]
