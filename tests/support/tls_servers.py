"""Servers that speak TLS, some of which demand a certificate of the client."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from tests.support.certificates import Issued


@dataclass(frozen=True)
class ServerTls:
    """The server's certificate, and the CA of the certificates that it demands of clients."""

    issued: Issued
    client_ca_file: str | None = None

    def build_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.issued.cert_file, self.issued.key_file)
        if self.client_ca_file is not None:
            context.load_verify_locations(self.client_ca_file)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


@asynccontextmanager
async def serve_with_tls(app: Any, tls: ServerTls) -> AsyncIterator[str]:
    """Serve the app by plain uvicorn over HTTPS; gives `127.0.0.1:<port>`."""
    config = uvicorn.Config(
        app,
        port=0,
        ws="none",
        log_config=None,
        timeout_graceful_shutdown=1,
        ssl_certfile=tls.issued.cert_file,
        ssl_keyfile=tls.issued.key_file,
        ssl_ca_certs=tls.client_ca_file,
        ssl_cert_reqs=ssl.CERT_REQUIRED if tls.client_ca_file else ssl.CERT_NONE,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    while not server.started:
        if task.done():
            task.result()
        await asyncio.sleep(0.005)
    try:
        yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
