"""The router's HTTP server: GraphQL over HTTP, server-sent events and WebSocket, the explorer, health."""

from router.web.explorer import Explorer
from router.web.health import ReadinessCheck
from router.web.routes import build_web_app

__all__ = ["Explorer", "ReadinessCheck", "build_web_app"]
