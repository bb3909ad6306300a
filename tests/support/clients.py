"""A client without a browser: GraphQL over real HTTP and real WebSocket."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
from websockets.asyncio.client import connect

PROTOCOL = "graphql-transport-ws"


@dataclass(frozen=True)
class GraphQLClient:
    session: aiohttp.ClientSession
    url: str
    token: str | None = None

    def as_(self, token: str | None) -> GraphQLClient:
        """The same client with another identity."""
        return replace(self, token=token)

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    async def send(
        self, document: str, variables: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """The whole response; raises ValueError, with what came, if that is no JSON."""
        body = {"query": document, "variables": variables or {}}
        async with self.session.post(self.url, json=body, headers={**self.headers, **(headers or {})}) as response:
            text = await response.text()
        try:
            return json.loads(text)
        except ValueError as error:
            raise ValueError(f"{response.status} {response.reason}: {text[:200]!r}") from error

    async def data(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of a response that must have no errors."""
        response = await self.send(document, variables)
        assert "errors" not in response, response["errors"]
        return response["data"]

    async def subscribe(self, document: str, **variables: Any) -> AsyncGenerator[dict[str, Any]]:
        """The data of every event, until the stream completes."""
        url = self.url.replace("http://", "ws://")
        async with connect(url, subprotocols=[PROTOCOL]) as socket:  # type: ignore[list-item]
            payload = {"Authorization": f"Bearer {self.token}"} if self.token else {}
            await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            request = {"id": "1", "type": "subscribe", "payload": {"query": document, "variables": variables}}
            await socket.send(json.dumps(request))
            async for raw in socket:
                message = json.loads(raw)
                if message["type"] == "complete":
                    return
                if message["type"] == "ping":
                    await socket.send(json.dumps({"type": "pong"}))
                    continue
                assert message["type"] == "next", message
                assert "errors" not in message["payload"], message
                yield message["payload"]["data"]

    async def subscribe_by_events(self, document: str, **variables: Any) -> AsyncGenerator[dict[str, Any]]:
        """The same over server-sent events; raises ConnectionError when the stream breaks off."""
        headers = {**self.headers, "accept": "text/event-stream"}
        body = {"query": document, "variables": variables}
        unlimited = aiohttp.ClientTimeout(total=None)
        async with self.session.post(self.url, json=body, headers=headers, timeout=unlimited) as response:
            if response.content_type != "text/event-stream":
                raise ConnectionError(await response.text())
            async for raw in response.content:
                line = raw.decode().rstrip("\r\n")
                if line == "event: complete":
                    return
                if line.startswith("data: {"):
                    payload = json.loads(line.removeprefix("data: "))
                    assert "errors" not in payload, payload
                    yield payload["data"]
        raise ConnectionError("The stream ended without being complete.")
