"""Thousands of subscribers in one process, each a bare connection: a library's would need more than the router."""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
from pathlib import Path

import pytest

_NUMBER = re.compile(rb'"ticks":(\d+)}')
_SPARE_FILES = 500
_PATIENCE = 30
_HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nhost: router\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-protocol: graphql-transport-ws\r\n\r\n"
)


_PING = b"\x89"


class Subscriber(asyncio.Protocol):
    """Notes every number that comes; `opened` once the stream has begun.

    `steps` are what it sends, each with the sign in the answer upon which the next is sent.
    """

    def __init__(self, steps: list[tuple[bytes, bytes]]) -> None:
        self.numbers: list[int] = []
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._steps = steps
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.transport.write(self._steps[0][0])

    def data_received(self, data: bytes) -> None:
        self._pending += data
        while self._steps and self._steps[0][1] in self._pending:
            self._pending = self._pending.partition(self._steps.pop(0)[1])[2]
            if self._steps:
                self.transport.write(self._steps[0][0])
            else:
                self.opened.set_result(None)
        if self._steps:
            return
        self._answer_pings()
        end = 0
        for match in _NUMBER.finditer(self._pending):
            self.numbers.append(int(match[1]))
            end = match.end()
        self._pending = self._pending[end:]

    def _answer_pings(self) -> None:
        """Answer ping frames (RFC 6455 section 5.5.2): who does not is taken for gone. No text has such a byte."""
        while _PING in self._pending:
            head, _, rest = self._pending.partition(_PING)
            if not rest or len(rest) <= rest[0]:
                return
            length = rest[0]
            self.transport.write(bytes([0x8A, 0x80 | length, 0, 0, 0, 0]) + rest[1 : 1 + length])
            self._pending = head + rest[1 + length :]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionError("The router closed the connection."))


def build_event_request(query: str) -> bytes:
    """A request for events by SSE."""
    body = json.dumps({"query": query}).encode()
    head = (
        b"POST /graphql HTTP/1.1\r\nhost: router\r\naccept: text/event-stream\r\n"
        b"content-type: application/json\r\ncontent-length: %d\r\n\r\n"
    )
    return head % len(body) + body


def build_event_subscriber(query: str) -> Subscriber:
    """One that is sent events by SSE."""
    return Subscriber([(build_event_request(query), b":\n\n")])


def build_socket_subscriber(query: str) -> Subscriber:
    """One that speaks graphql-transport-ws; nothing answers a subscription, so that a ping after it is answered."""
    subscribe = mask_frame({"type": "subscribe", "id": "1", "payload": {"query": query}})
    return Subscriber(
        [
            (_HANDSHAKE, b"\r\n\r\n"),
            (mask_frame({"type": "connection_init"}), b"connection_ack"),
            (subscribe + mask_frame({"type": "ping"}), b"pong"),
        ]
    )


def mask_frame(message: object) -> bytes:
    """The message as a client's text frame (RFC 6455 section 5.2), masked with zeros."""
    text = json.dumps(message).encode()
    assert len(text) < 126
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text


async def open_subscribers(port: int, query: str, count: int, *, at_once: int = 50) -> list[Subscriber]:
    """As many subscribers, half of them by each protocol."""
    loop = asyncio.get_running_loop()
    builders = (build_event_subscriber, build_socket_subscriber)
    subscribers: list[Subscriber] = []
    for start in range(0, count, at_once):
        opening = [
            loop.create_connection(lambda index=index: builders[index % 2](query), "127.0.0.1", port)  # type: ignore[misc]  # a default is how a loop's variable is kept
            for index in range(start, min(start + at_once, count))
        ]
        opened = [subscriber for _, subscriber in await asyncio.gather(*opening)]
        async with asyncio.timeout(_PATIENCE):
            await asyncio.gather(*(subscriber.opened for subscriber in opened))
        subscribers += opened
    return subscribers


def read_memory(process: int) -> int:
    """The kilobytes of memory that a process holds."""
    text = Path(f"/proc/{process}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0])


def need_files(count: int) -> None:
    """Allow this process, and those that it starts, that many connections; skips where the system does not."""
    if not Path(f"/proc/{os.getpid()}/status").exists():
        pytest.skip("the memory of a process is read from /proc: run this on Linux")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + _SPARE_FILES
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"at most {hard} files may be open: raise the hard limit (ulimit -Hn) to {wanted}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
