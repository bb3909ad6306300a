"""A client of the router's server-sent events, as frontends have one."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator

import aiohttp

from tests.support.broadcasting import TICKS

COMPLETE = -2
OPENED = -1


async def read_ticks(base: str) -> AsyncGenerator[int, None]:
    """OPENED when the stream is there, then each number, and COMPLETE when the server says that there are no more."""
    headers = {"accept": "text/event-stream"}
    timeout = aiohttp.ClientTimeout(total=None)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.post(f"{base}/graphql", json={"query": TICKS}, headers=headers) as response,
    ):
        assert response.status == 200, await response.text()
        event = ""
        async for raw in response.content:
            line = raw.decode().rstrip("\n")
            if line == ":" and not event:
                event = "opened"
                yield OPENED
            elif line == "event: complete":
                yield COMPLETE
            elif line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))["data"]["ticks"]
