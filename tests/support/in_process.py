"""The graph called in the process, without a socket."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import orjson


@dataclass(frozen=True)
class InProcessClient:
    """The same calls as GraphQLClient, on an ASGI app."""

    app: Any
    token: str | None = None
    path: str = "/graphql"

    def as_(self, token: str | None) -> InProcessClient:
        return replace(self, token=token)

    async def data(self, document: str, **variables: Any) -> dict[str, Any]:
        response = await self.send(document, variables)
        assert "errors" not in response, response["errors"]
        return response["data"]

    async def send(
        self, document: str, variables: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        return orjson.loads(await self.raw(document, variables, headers))

    async def raw(
        self, document: str, variables: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> bytes:
        """The body as it came, of a stream the whole of it."""
        body = orjson.dumps({"query": document, "variables": variables or {}})
        inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        inbox.put_nowait({"type": "http.request", "body": body, "more_body": False})
        sent = bytearray()

        async def send(message: Any) -> None:
            sent.extend(message.get("body", b""))

        await self.app(self._scope(headers or {}), inbox.get, send)
        return bytes(sent)

    def _scope(self, headers: dict[str, str]) -> dict[str, Any]:
        given = {"content-type": "application/json", "accept": "application/json", **headers}
        if self.token is not None:
            given["authorization"] = f"Bearer {self.token}"
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": self.path,
            "raw_path": self.path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
