"""F5 a, e, F13: pings unread, frames without end, and handshakes that are none."""

import asyncio
from collections.abc import Callable

import pytest

from entrepot.router.app import RouterApp
from entrepot.router.config import CorsConfig, LimitsConfig, RouterConfig, StreamsConfig, TimeoutsConfig
from entrepot.shared.clock import SystemClock
from tests.support.raw_clients import WHOLE, RawClient, ServedRouter, serve_router, write_frame, write_handshake

BuildApp = Callable[..., RouterApp]
TEXT, CONTINUATION, CLOSE, PING, PONG = 1, 0, 8, 9, 10
INIT = write_frame(TEXT, b'{"type":"connection_init"}')
ACK = (TEXT, b'{"type":"connection_ack"}')
PINGS = write_frame(PING, b"p" * 125) * 1000
MEGABYTE = 1_000_000
# What fits into the buffers of two sockets of loopback, besides what the server keeps.
IN_BUFFERS = 16 * MEGABYTE
# A piece of input holds at most 256 KiB, so as many pongs may be added to a full buffer.
KEPT = MEGABYTE


async def open_socket(router: ServedRouter, extra: bytes = b"") -> RawClient:
    client = await router.connect()
    client.writer.write(write_handshake(extra))
    assert b" 101 " in await client.read_head()
    return client


class TestPings:
    async def test_who_does_not_read_is_not_read(self, build_app: BuildApp) -> None:
        async with serve_router(build_app()) as router:
            client = await open_socket(router)
            client.writer.write(INIT)
            assert await client.read_frame() == ACK
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]
            assert await client.flood(PINGS, 60 * MEGABYTE) < IN_BUFFERS
            [connection] = router.connections
            assert 0 < connection.transport.get_write_buffer_size() < KEPT
            # Once it reads again, all goes on.
            client.writer.transport.resume_reading()  # type: ignore[attr-defined]
            assert await client.read_frame() == (PONG, b"p" * 125)
            client.abort()
            await router.wait_until_empty()

    @pytest.mark.parametrize(
        ("before", "init_seconds", "write_seconds"),
        [(b"", 0.3, 600), (INIT, 600, 0.5), (write_frame(TEXT, b'{"type":"ping"}'), 0.3, 600)],
    )
    async def test_it_ends_at_the_deadline(
        self, build_app: BuildApp, before: bytes, init_seconds: float, write_seconds: float
    ) -> None:
        config = RouterConfig(
            streams=StreamsConfig(connection_init_timeout=init_seconds),
            timeouts=TimeoutsConfig(client_write=write_seconds),
        )
        async with serve_router(build_app(config, clock=SystemClock())) as router:
            client = await open_socket(router)
            client.writer.write(before)
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]
            await client.flood(PINGS, 60 * MEGABYTE)
            await router.wait_until_empty()
            client.abort()

    async def test_a_close_that_is_not_answered_ends_too(self, build_app: BuildApp) -> None:
        config = RouterConfig(streams=StreamsConfig(connection_init_timeout=0.1))
        async with serve_router(build_app(config, clock=SystemClock())) as router:
            client = await open_socket(router)
            assert (await client.read_frame())[1][:2] == (4408).to_bytes(2)
            await router.wait_until_empty()
            client.abort()


class TestFrames:
    @pytest.mark.parametrize("piece", [b"", b"x"])
    async def test_a_message_has_so_many(self, build_app: BuildApp, piece: bytes) -> None:
        app = build_app(RouterConfig(limits=LimitsConfig(max_websocket_frames=50)))
        async with serve_router(app) as router:
            client = await open_socket(router)
            client.writer.write(INIT)
            assert await client.read_frame() == ACK
            end = write_frame(CONTINUATION, b'"}')
            more = write_frame(CONTINUATION, b" ", is_final=False)
            client.writer.write(write_frame(TEXT, b'{"type":', is_final=False) + more * 48)
            client.writer.write(write_frame(CONTINUATION, b'"ping"}'))
            assert await client.read_frame() == (TEXT, b'{"type":"pong"}')
            client.writer.write(write_frame(TEXT, b'{"type":"ping', is_final=False))
            client.writer.write(write_frame(CONTINUATION, piece, is_final=False) * 49 + end)
            opcode, content = await client.read_frame()
            assert (opcode, content[:2]) == (CLOSE, (1009).to_bytes(2))
            await router.wait_until_empty()

    async def test_without_an_end_they_are_not_read_on(self, build_app: BuildApp) -> None:
        async with serve_router(build_app()) as router:
            client = await open_socket(router)
            client.writer.write(write_frame(TEXT, b"{", is_final=False))
            taken = await client.flood(write_frame(CONTINUATION, is_final=False) * 10_000, 20 * MEGABYTE)
            assert taken < IN_BUFFERS
            client.abort()
            await router.wait_until_empty()

    async def test_text_that_is_none(self, build_app: BuildApp, caplog: pytest.LogCaptureFixture) -> None:
        async with serve_router(build_app()) as router:
            client = await open_socket(router)
            client.writer.write(write_frame(TEXT, b"\xff\xfe"))
            opcode, content = await client.read_frame()
            assert (opcode, content[:2]) == (CLOSE, (1007).to_bytes(2))
        assert "Traceback" not in caplog.text


class TestHandshakes:
    @pytest.mark.parametrize(
        "extra",
        [
            b"Cookie: " + b"y" * 9000 + b"\r\n",
            b"".join(b"X%d: y\r\n" % number for number in range(200)),
            b"X: \xff\xfe\r\n",
            b"Content-Length: 0\r\n",
        ],
    )
    async def test_large_ones_open(self, build_app: BuildApp, extra: bytes) -> None:
        async with serve_router(build_app()) as router:
            client = await open_socket(router, extra)
            client.writer.write(INIT)
            assert await client.read_frame() == ACK
            client.abort()

    @pytest.mark.parametrize(
        ("handshake", "status"),
        [
            (write_handshake(method=b"POST") + b"abc", 405),
            (write_handshake(b"Content-Length: 3\r\n", method=b"POST") + b"abc", 405),
            (write_handshake(method=b"OPTIONS"), 405),
            (write_handshake(b"Content-Length: 3\r\n") + b"abc", 400),
            (write_handshake(b"Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n", 400),
            (write_handshake() + INIT, 400),
            (write_handshake(target=b"/gr\xff"), 400),
            (write_handshake(b"Origin: http://[\r\n"), 403),
            (write_handshake(b"Origin: http://[::1\r\n"), 403),
            (write_handshake(b"Origin: null\r\n"), 403),
            (write_handshake(b"Origin: http://x:99999999\r\n"), 403),
            (write_handshake(b"Origin: \r\n"), 403),
            (write_handshake(b"Origin: http://x\r\nOrigin: http://evil.test\r\n"), 400),
            (write_handshake(b"Host: y\r\n"), 400),
            (write_handshake(b"X: " + b"y" * 70_000 + b"\r\n"), 431),
            (write_handshake(b"X: y\r\n" * 600), 431),
            (write_handshake(target=b"/" + b"y" * 80_000), 414),
            (write_handshake(target=b"/nope"), 403),
            (write_handshake().replace(b"Key: MDEyMzQ1Njc4OWFiY2RlZg==", b"Key: x"), 400),
            (write_handshake().replace(b"Version: 13", b"Version: 8"), 400),
            (write_handshake().replace(b"Sec-WebSocket-Key", b"X-Key"), 400),
            (write_handshake(version=b"1.0"), 403),
        ],
    )
    async def test_odd_ones_are_refused(
        self, build_app: BuildApp, caplog: pytest.LogCaptureFixture, handshake: bytes, status: int
    ) -> None:
        app = build_app(RouterConfig(cors=CorsConfig(origins=("https://shop.test:*",))))
        async with serve_router(app) as router:
            received = await router.exchange(handshake)
        assert received[:13] == b"HTTP/1.1 %d " % status
        assert "Traceback" not in caplog.text

    async def test_after_a_request_that_is_under_way(self, build_app: BuildApp) -> None:
        async with serve_router(build_app()) as router:
            received = await router.exchange(WHOLE + write_handshake())
        assert received.startswith(b"HTTP/1.1 200 ")
        assert b" 101 " not in received

    async def test_many_at_once_leave_nothing(self, build_app: BuildApp) -> None:
        async with serve_router(build_app()) as router:
            clients = await asyncio.gather(*(open_socket(router) for _ in range(20)))
            for client in clients:
                client.abort()
            await router.wait_until_empty()
            registry = router.server.config.registry  # type: ignore[attr-defined]
            assert registry.open == 0
