"""A subgraph whose one stream carries what a test publishes, and its supergraph in any number of versions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from entrepot.router.composition import SubgraphSchema, compose

Message = MutableMapping[str, Any]
TICKS = "subscription { ticks }"
NOISE = "subscription { noise }"
_LOUDNESS = 100_000


def build_supergraph(url: str, version: int = 0) -> str:
    """The supergraph; each version has a field of its own, `version<number>`, beside those of all."""
    sdl = f"""
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
    type Query {{ answer: Int! slow: Int! version{version}: Int! }}
    type Subscription {{ ticks: Int! noise: String! }}
    """
    result = compose([SubgraphSchema("clock", url, sdl)])
    assert result.supergraph_sdl is not None, result.errors
    return result.supergraph_sdl


class BroadcastSubgraph:
    """Answers 42 to every field, to `slow` when `release` is set; `publish` sends to all who have subscribed.

    Who subscribed to `noise` gets each number at the head of a long text.
    """

    def __init__(self) -> None:
        self.streams: set[asyncio.Queue[int]] = set()
        self.release = asyncio.Event()
        self.slow_requests = 0
        self.requests = 0

    def publish(self, number: int) -> None:
        for stream in self.streams:
            stream.put_nowait(number)

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["type"] == "lifespan":
            for _ in range(2):
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        query = json.loads(body)["query"]
        if "subscription" in query:
            await self._stream(receive, send, is_loud="noise" in query)
            return
        self.requests += 1
        names = [name for name in query.strip("{ }").split() if name.isidentifier()]
        if "slow" in names:
            self.slow_requests += 1
            await self.release.wait()
        answer = json.dumps({"data": dict.fromkeys(names, 42)}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _stream(
        self,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
        *,
        is_loud: bool,
    ) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b":\n\n", "more_body": True})
        numbers: asyncio.Queue[int] = asyncio.Queue()
        self.streams.add(numbers)
        gone = asyncio.create_task(receive())
        try:
            while not gone.done():
                taking = asyncio.create_task(numbers.get())
                await asyncio.wait({taking, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not taking.done():
                    taking.cancel()
                    return
                number = taking.result()
                data = {"noise": f"{number} {'-' * _LOUDNESS}"} if is_loud else {"ticks": number}
                event = f"event: next\ndata: {json.dumps({'data': data})}\n\n".encode()
                await send({"type": "http.response.body", "body": event, "more_body": True})
        finally:
            gone.cancel()
            self.streams.discard(numbers)
