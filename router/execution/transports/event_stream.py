"""Server-sent events as in GraphQL over SSE (distinct connections mode): bytes to events."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field

from entrepot.router.execution.transports.subgraph_client import SubgraphResponse, describe_failure, read_response
from entrepot.router.media_types import name_media_type

MEDIA_TYPE = "text/event-stream"
# Of GraphQL over SSE; and what an event without a name is called, since some servers leave the name out.
_EVENT_NAMES = frozenset({b"next", b"message", b""})
_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(slots=True)
class EventParser:
    """Reads a stream in whatever pieces it comes (HTML standard, section 9.2.6)."""

    _rest: bytes = b""
    _skips_line_feed: bool = False
    _event: bytes = b""
    _data: list[bytes] = field(default_factory=list)

    @property
    def pending_bytes(self) -> int:
        return len(self._rest) + sum(map(len, self._data))

    def feed(self, chunk: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The name and data of each event that `chunk` ends."""
        if self._skips_line_feed and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._skips_line_feed = False
        # A carriage return ends its line at once; the line feed that may follow it in the next piece is part of it.
        self._skips_line_feed = chunk.endswith(b"\r")
        *lines, self._rest = _LINE_END.split(self._rest + chunk)
        for line in lines:
            if line:
                self._read_line(line)
            elif self._event or self._data:
                event, data = self._event, b"\n".join(self._data)
                self._event, self._data = b"", []
                yield event, data

    def _read_line(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._event = value
        elif name == b"data":
            self._data.append(value)


async def read_events(
    subgraph: str, status: int, headers: Mapping[str, str], chunks: AsyncIterator[bytes], maximum_bytes: int
) -> AsyncGenerator[bytes, None]:
    """The GraphQL responses in an answer to a subscription: those of an event stream, or the only one of a JSON body.

    `maximum_bytes` bounds one event. Raises SubgraphUnavailable for an answer of another kind.
    """
    media_type = name_media_type(headers.get("content-type", ""))
    if media_type != MEDIA_TYPE:
        body = b""
        async for chunk in chunks:
            body += chunk
            if len(body) > maximum_bytes:
                break
        read_response(subgraph, SubgraphResponse(status, {"content-type": media_type}, body), maximum_bytes)
        yield body
        return
    parser = EventParser()
    async for chunk in chunks:
        for event, data in parser.feed(chunk):
            if event == b"complete":
                return
            # An event goes to the listeners of its name only; a stream kept alive by events of other names goes on.
            if data and event in _EVENT_NAMES:
                yield data
        if parser.pending_bytes > maximum_bytes:
            raise describe_failure(subgraph, f"sent an event of more than {maximum_bytes} bytes")
