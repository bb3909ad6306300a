"""The framing of responses in a stream: server-sent events, or the parts of a multipart body."""

from __future__ import annotations

from typing import Final, Protocol


class Framing(Protocol):
    """What is written around each answer of a stream, each given as JSON text."""

    content_type: bytes
    begin: bytes
    heartbeat: bytes
    end: bytes

    def frame(self, body: bytes) -> bytes:
        """An answer of the operation."""
        ...

    def frame_failure(self, body: bytes) -> bytes:
        """A response of errors that ends the stream, such as that the token has expired."""
        ...


class EventFraming:
    """GraphQL over SSE, distinct connections mode (and the HTML standard, section 9.2)."""

    content_type = b"text/event-stream; charset=utf-8"
    # A comment: it shows that the stream lives, and clients pass over it.
    heartbeat = b":\n\n"
    begin = heartbeat
    end = b"event: complete\ndata:\n\n"

    def frame(self, body: bytes) -> bytes:
        return b"event: next\ndata: %b\n\n" % body

    frame_failure = frame


class MultipartFraming:
    """Multipart HTTP, `subscriptionSpec=1.0`: a part is whole for its reader once the next delimiter has come."""

    content_type = b'multipart/mixed; boundary="graphql"; subscriptionSpec=1.0'
    begin = b"\r\n--graphql"
    heartbeat = b"\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql"
    end = b"--\r\n"

    def frame(self, body: bytes) -> bytes:
        return b'\r\ncontent-type: application/json\r\n\r\n{"payload":%b}\r\n--graphql' % body

    def frame_failure(self, body: bytes) -> bytes:
        # `payload` null and `errors` beside it say that the stream itself failed.
        return b'\r\ncontent-type: application/json\r\n\r\n{"payload":null,%b\r\n--graphql' % body.removeprefix(b"{")


EVENTS: Final = EventFraming()
MULTIPART: Final = MultipartFraming()
