"""A lean client: one HTTP/1.1 connection that is kept, so that the load generator is not the bottleneck."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import orjson

_TIMEOUT = 60.0


class WrongAnswer(Exception):
    """A response is wrong, so that the figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`head` is the status line and the headers, as they came."""

    head: bytes
    body: bytes

    def header(self, name: str) -> str | None:
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.lower() == name.encode():
                return value.strip().decode()
        return None


@dataclass
class Connection:
    """A connection to `url`, opened when it is needed; `requests` counts the requests that it has sent."""

    url: str
    requests: int = 0
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None
    _path: str = field(init=False)

    def __post_init__(self) -> None:
        self._path = urlsplit(self.url).path

    async def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """The response to a POST of JSON; raises WrongAnswer without one, and for a status other than 200."""
        try:
            async with asyncio.timeout(_TIMEOUT):
                reader = await self._send(body, "application/json", headers or {})
                head = await reader.readuntil(b"\r\n\r\n")
                answer = Answer(head, await _read_body(reader, head))
        except (OSError, EOFError) as error:
            raise WrongAnswer(
                f"The shop ended a connection or did not respond in {_TIMEOUT:.0f} s: {error!r}"
            ) from error
        _check_status(answer)
        return answer

    async def execute(
        self, document: str, variables: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The data of an answer; raises WrongAnswer when it has errors."""
        answer = await self.post(encode(document, variables), headers)
        return decode(answer.body)

    async def follow(self, body: bytes, headers: Mapping[str, str], until: Callable[[bytes], bool]) -> bytes:
        """The events of a subscription up to the one that satisfies `until`; closes the connection."""
        async with asyncio.timeout(_TIMEOUT):
            reader = await self._send(body, "text/event-stream", headers)
            head = await reader.readuntil(b"\r\n\r\n")
            received = b""
            _check_status(Answer(head, b""))
            while not until(received):
                part = await reader.read(65_536)
                if not part:
                    raise WrongAnswer(f"The stream ended early: {received.decode(errors='replace')}")
                received += part
        self.close()
        return received

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def _send(self, body: bytes, accept: str, headers: Mapping[str, str]) -> asyncio.StreamReader:
        if self._reader is None or self._writer is None or self._reader.at_eof():
            parts = urlsplit(self.url)
            self._reader, self._writer = await asyncio.open_connection(parts.hostname, parts.port)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._writer.write(
            f"POST {self._path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: {accept}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n{lines}\r\n".encode()
            + body
        )
        self.requests += 1
        return self._reader


def encode(document: str, variables: Mapping[str, Any]) -> bytes:
    """The body of a GraphQL request."""
    return orjson.dumps({"query": document, "variables": dict(variables)})


def decode(body: bytes) -> dict[str, Any]:
    """The data of a GraphQL response; raises WrongAnswer when it has errors."""
    content = orjson.loads(body)
    if "errors" in content or not isinstance(content.get("data"), dict):
        raise WrongAnswer(f"The shop answered with errors: {body[:2000].decode(errors='replace')}")
    data: dict[str, Any] = content["data"]
    return data


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    answer = Answer(head, b"")
    length = answer.header("content-length")
    if length is not None:
        return await reader.readexactly(int(length))
    if answer.header("transfer-encoding") != "chunked":
        raise WrongAnswer(f"The answer has no length: {head.decode(errors='replace')}")
    parts = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readline()
    return b"".join(parts)


def _check_status(answer: Answer) -> None:
    status = int(answer.head.split(b" ", 2)[1])
    if status != HTTPStatus.OK:
        raise WrongAnswer(f"The shop answered with status {status}: {answer.body[:2000].decode(errors='replace')}")
