"""Compressed answers of subgraphs (RFC 9110 section 8.4), unpacked to no more than may be read."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from entrepot.router.config.traffic import Encoding
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.execution import SubgraphResponse
from entrepot.router.execution.transports.subgraph_client import describe_failure

Unpack = Callable[[bytes, int], bytes]

_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32
# Each may unpack to as much as may be read, whatever is left of it in the end.
_MAX_ENCODINGS: Final = 2


class _TooLong(ValueError):
    """There is more in it than may be read."""


def check_encodings(encodings: Sequence[Encoding]) -> None:
    """Raises ConfigurationInvalid for an encoding that nothing installed here can unpack."""
    if "br" in encodings and find_spec("brotli") is None:
        raise ConfigurationInvalid(
            "traffic: accept_encodings names br, which needs the package `brotli`. Install it (pip install brotli), or "
            "leave br out."
        )


def unpack_response(subgraph: str, response: SubgraphResponse, maximum_bytes: int) -> SubgraphResponse:
    """The response with a body that is not compressed.

    Raises SubgraphUnavailable for a body that is not what its `Content-Encoding` says, or that holds more than
    `maximum_bytes`; it is unpacked no further than that.
    """
    encodings = response.headers.get("content-encoding", "").replace(" ", "").lower()
    body = response.body
    try:
        for encoding in _list_encodings(encodings):
            if encoding not in ("", "identity"):
                body = _UNPACK[encoding](body, maximum_bytes)
    except _TooLong as cause:
        message = f"answered with more than {maximum_bytes} bytes"
        raise describe_failure(subgraph, message, is_transient=False) from cause
    except (KeyError, ValueError, zlib.error) as cause:
        message = "answered in a compression that cannot be read"
        raise describe_failure(subgraph, message, is_transient=False) from cause
    if body is response.body:
        return response
    headers = {name: value for name, value in response.headers.items() if name != "content-encoding"}
    return SubgraphResponse(response.status, headers, body, response.cookies)


def _list_encodings(encodings: str) -> list[str]:
    """The encodings, the last one first, since they are applied in the order in which they are listed."""
    applied = encodings.split(",", _MAX_ENCODINGS)
    if len(applied) > _MAX_ENCODINGS:
        raise ValueError("The body is compressed too often.")
    return applied[::-1]


def _inflate(body: bytes, maximum_bytes: int) -> bytes:
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
    unpacked = unpacker.decompress(body, maximum_bytes + 1)
    if len(unpacked) > maximum_bytes:
        raise _TooLong
    if not unpacker.eof:
        raise ValueError("The body ends too early.")
    return unpacked


def _unpack_brotli(body: bytes, maximum_bytes: int) -> bytes:
    brotli = import_module("brotli")
    unpacker = brotli.Decompressor()
    try:
        unpacked = bytes(unpacker.process(body, output_buffer_limit=maximum_bytes + 1))
        while len(unpacked) <= maximum_bytes and not unpacker.is_finished():
            more = unpacker.process(b"", output_buffer_limit=maximum_bytes + 1)
            if not more:
                raise ValueError("The body ends too early.")
            unpacked += more
    except brotli.error as cause:
        raise ValueError("The body is not Brotli.") from cause
    if len(unpacked) > maximum_bytes:
        raise _TooLong
    return unpacked


_UNPACK: Final[Mapping[str, Unpack]] = {
    "gzip": _inflate,
    "x-gzip": _inflate,
    "deflate": _inflate,
    "br": _unpack_brotli,
}
