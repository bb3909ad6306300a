"""Transports to subgraphs: HTTP, WebSocket, server-sent events and in-process ASGI."""
