"""Compressed answers: asked for only where configured, unpacked no further than may be read."""

import gzip
import zlib
from importlib import import_module
from importlib.util import find_spec

import pytest

from entrepot.router.config import RetryConfig
from entrepot.router.errors import ConfigurationInvalid, SubgraphUnavailable
from entrepot.router.execution import SubgraphResponse
from entrepot.router.traffic.encodings import unpack_response
from tests.support.scripted_transport import Reply, Traffic, ask

BODY = b'{"data":{"text":"' + b"lorem ipsum " * 500 + b'"}}'
needs_brotli = pytest.mark.skipif(find_spec("brotli") is None, reason="install the package brotli")


def packed(body: bytes, encoding: str) -> SubgraphResponse:
    return SubgraphResponse(200, {"content-encoding": encoding, "x-a": "1"}, body, ("c=1",))


def brotli(body: bytes) -> bytes:
    return bytes(import_module("brotli").compress(body))


class TestUnpacking:
    @pytest.mark.parametrize(
        ("encoding", "body"),
        [
            ("gzip", gzip.compress(BODY, mtime=0)),
            ("GZip", gzip.compress(BODY, mtime=0)),
            ("deflate", zlib.compress(BODY)),
            ("deflate, gzip", gzip.compress(zlib.compress(BODY), mtime=0)),
            ("identity", BODY),
        ],
    )
    def test_each_encoding(self, encoding: str, body: bytes) -> None:
        response = unpack_response("shop", packed(body, encoding), len(BODY))
        assert (response.status, response.body, response.cookies) == (200, BODY, ("c=1",))
        assert response.headers["x-a"] == "1"

    @needs_brotli
    def test_brotli(self) -> None:
        assert unpack_response("shop", packed(brotli(BODY), "br"), len(BODY)).body == BODY
        with pytest.raises(SubgraphUnavailable, match="more than 100 bytes"):
            unpack_response("shop", packed(brotli(BODY), "br"), 100)
        for body in (brotli(BODY)[:-9], b"garbage"):
            with pytest.raises(SubgraphUnavailable, match="cannot be read"):
                unpack_response("shop", packed(body, "br"), 1_000_000)

    def test_a_body_that_is_not_compressed_stays_as_it_is(self) -> None:
        response = SubgraphResponse(200, {}, BODY)
        assert unpack_response("shop", response, 10) is response

    @pytest.mark.parametrize("maximum", [len(BODY) - 1, 100])
    def test_more_than_may_be_read_is_refused(self, maximum: int) -> None:
        for encoding, body in (("gzip", gzip.compress(BODY, mtime=0)), ("deflate", zlib.compress(BODY))):
            with pytest.raises(SubgraphUnavailable, match=f"more than {maximum} bytes") as raised:
                unpack_response("shop", packed(body, encoding), maximum)
            assert not raised.value.is_transient

    def test_a_bomb_is_not_unpacked(self) -> None:
        import tracemalloc

        bomb = gzip.compress(bytes(200_000_000), compresslevel=1)
        tracemalloc.start()
        with pytest.raises(SubgraphUnavailable):
            unpack_response("shop", packed(bomb, "gzip"), 1_000_000)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8_000_000

    @pytest.mark.parametrize(
        ("encoding", "body"),
        [
            ("gzip", b"garbage"),
            ("gzip", gzip.compress(BODY, mtime=0)[:-20]),
            ("gzip", b""),
            ("deflate", BODY),
            ("rot13", BODY),
        ],
    )
    def test_what_cannot_be_read_is_a_failure(self, encoding: str, body: bytes) -> None:
        with pytest.raises(SubgraphUnavailable, match="compression that cannot be read"):
            unpack_response("shop", packed(body, encoding), 1_000_000)


class TestAsking:
    async def test_it_is_asked_for_where_configured(self) -> None:
        traffic = Traffic(packed(gzip.compress(b"{}"), "gzip"), accept_encodings=("gzip", "deflate"))
        for is_mutation in (False, True):
            reply = await traffic.send(ask(headers={"x-a": "1"}, is_mutation=is_mutation, identity="me"))
            assert isinstance(reply, SubgraphResponse)
            assert reply.body == b"{}"
        for sent in traffic.inner.requests:
            assert dict(sent.headers) == {"x-a": "1", "accept-encoding": "gzip, deflate"}
            assert sent.identity == "me"
        assert [sent.is_mutation for sent in traffic.inner.requests] == [False, True]

    async def test_not_by_itself(self) -> None:
        reply: Reply = packed(b"as it is", "gzip")
        traffic = Traffic(reply)
        assert await traffic.send() is reply
        assert "accept-encoding" not in traffic.inner.requests[0].headers

    async def test_a_body_that_cannot_be_read_is_the_failure_of_the_fetch(self) -> None:
        traffic = Traffic(packed(b"x", "gzip"), accept_encodings=("gzip",), retry=RetryConfig())
        assert isinstance(await traffic.send(), SubgraphUnavailable)
        assert len(traffic.inner.requests) == 1

    def test_an_encoding_that_is_not_installed_is_refused_at_the_start(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("entrepot.router.traffic.encodings.find_spec", lambda _name: None)
        with pytest.raises(ConfigurationInvalid, match="brotli"):
            Traffic(accept_encodings=("br",))
