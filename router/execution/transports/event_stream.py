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
    """Reads a stream in whatever pieces it comes (HTML standard, section 9.2.6), at a cost linear in its bytes."""

    pending_bytes: int = 0
    """What came since the last empty line, whatever is in it; this bounds what the parser stores."""
    _rest: bytearray = field(default_factory=bytearray)
    _skips_line_feed: bool = False
    _event: bytes = b""
    _data: bytearray | None = None

    def feed(self, chunk: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The name and data of each event that `chunk` ends."""
        if self._skips_line_feed and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._skips_line_feed = False
        # A carriage return ends its line at once; the line feed that may follow it in the next piece is part of it.
        self._skips_line_feed = chunk.endswith(b"\r")
        begin = 0
        for end in _LINE_END.finditer(chunk):
            line: bytes | bytearray = chunk[begin : end.start()]
            self.pending_bytes += end.end() - begin
            begin = end.end()
            if self._rest:
                self._rest += line
                line, self._rest = self._rest, bytearray()
            if line:
                self._read_line(line)
                continue
            self.pending_bytes = 0
            if self._event or self._data is not None:
                event, data = self._event, bytes(self._data or b"")
                self._event, self._data = b"", None
                yield event, data
        self._rest += chunk[begin:]
        self.pending_bytes += len(chunk) - begin

    def _read_line(self, line: bytes | bytearray) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._event = bytes(value)
        elif name == b"data":
            if self._data is None:
                self._data = bytearray(value)
            else:
                self._data += b"\n"
                self._data += value


async def read_events(
    subgraph: str, status: int, headers: Mapping[str, str], chunks: AsyncIterator[bytes], maximum_bytes: int
) -> AsyncGenerator[bytes, None]:
    """The GraphQL responses in an answer to a subscription: those of an event stream, or the only one of a JSON body.

    `maximum_bytes` bounds one event. Raises SubgraphUnavailable for an answer of another kind.
    """
    media_type = name_media_type(headers.get("content-type", ""))
    if media_type != MEDIA_TYPE:
        body = bytearray()
        async for chunk in chunks:
            body += chunk
            if len(body) > maximum_bytes:
                break
        whole = bytes(body)
        read_response(subgraph, SubgraphResponse(status, {"content-type": media_type}, whole), maximum_bytes)
        yield whole
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
