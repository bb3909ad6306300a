"""Requests with an `Upgrade`: a WebSocket handshake, or a request that is answered without the upgrade."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import httptools
from websockets.datastructures import Headers
from websockets.http11 import Request
from websockets.version import version as websockets_version

from entrepot.router.errors import BadRequest, MethodNotAllowed

RawHeaders = Sequence[tuple[bytes, bytes]]
# What belongs to an upgrade (RFC 9110 section 7.8, RFC 7540 section 3.2.1).
_OF_UPGRADES: Final = (b"upgrade", b"http2-settings")
# uvicorn reads values as the library of that version writes them.
_READS_LATIN_1: Final = int(websockets_version.partition(".")[0]) >= 17  # noqa: PLR2004 - a version


def is_websocket(headers: RawHeaders, version: str) -> bool:
    """Whether the head is a WebSocket handshake; a server ignores other upgrades, and all of HTTP/1.0."""
    return version == "1.1" and _read_tokens(headers, b"upgrade") == {b"websocket"}


def read_handshake(method: bytes, url: bytes, headers: RawHeaders) -> Request:
    """The handshake in a head (RFC 6455 section 4.1); raises MethodNotAllowed and BadRequest."""
    if method != b"GET":
        raise MethodNotAllowed("A WebSocket opens by GET.", extensions={"allow": "GET"})
    names = {name for name, _ in headers}
    if b"transfer-encoding" in names or any(value != b"0" for name, value in headers if name == b"content-length"):
        raise BadRequest("A WebSocket handshake has no body.")
    try:
        parsed = httptools.parse_url(url)
        path = (parsed.path + (b"?" + parsed.query if parsed.query else b"")).decode("ascii")
        fields = Headers([(name.decode("ascii"), _decode(value)) for name, value in headers])
    except (httptools.HttpParserError, ValueError, TypeError):
        raise BadRequest("The URL or the name of a header of the handshake is not valid.") from None
    return Request(path, fields)


def write_head_without_upgrade(method: bytes, url: bytes, version: str, headers: RawHeaders) -> bytes:
    """The same head without what asks for an upgrade."""
    lines = [b"%b: %b\r\n" % field for field in headers if field[0] not in _OF_UPGRADES]
    return b"%b %b HTTP/%b\r\n%b\r\n" % (method, url, version.encode(), b"".join(lines))


def _read_tokens(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> set[bytes]:
    values = b",".join([value for key, value in headers if key == name])
    return {token for part in values.lower().split(b",") if (token := part.strip())}


def _decode(value: bytes) -> str:
    return value.decode("latin-1") if _READS_LATIN_1 else value.decode("ascii", "surrogateescape")
