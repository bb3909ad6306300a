"""The composition root of the router alone: configuration and supergraph to ASGI application and server."""

from entrepot.router.app.application import RouterApp, build_router_app
from entrepot.router.app.serve import run_router

__all__ = ["RouterApp", "build_router_app", "run_router"]
