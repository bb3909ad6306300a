"""F4, F5, F13: what clients send is bounded in size, time and number before anything of it is stored."""

import asyncio
from collections.abc import Callable

import pytest

from entrepot.router.app import RouterApp
from entrepot.router.app.connections import registry
from entrepot.router.config import LimitsConfig, RouterConfig, ServerConfig, TimeoutsConfig
from tests.support.raw_clients import LIVE, POST, QUERY, WHOLE, serve_router

BuildApp = Callable[..., RouterApp]
MEGABYTE = 1_000_000
# What fits into the buffers of two sockets of loopback and one piece of input, besides the limit of the head.
IN_BUFFERS = 16 * MEGABYTE
H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(QUERY)
CLOSE = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def count(received: bytes, status: int) -> int:
    return received.count(b"HTTP/1.1 %d " % status)


class TestUpgrades:
    """F4: an upgrade that the server does not know is ignored, and the request is answered as HTTP/1.1."""

    @pytest.mark.parametrize(
        "asked",
        [
            H2C,
            b"Upgrade: h2c\r\nConnection: upgrade\r\n",
            b"Connection: Upgrade\r\nUpgrade: foo/2, h2c\r\n",
            b"Connection: keep-alive\r\nConnection: Upgrade\r\nUpgrade: TLS/1.2\r\n",
            b"Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n",
            b"Connection: Upgrade\r\nUpgrade: \r\n",
        ],
    )
    async def test_a_body_arrives(self, build_app: BuildApp, asked: bytes) -> None:
        async with serve_router(build_app()) as router:
            received = await router.exchange(POST + asked + LENGTH + b"\r\n" + QUERY + CLOSE)
        assert (count(received, 200), b'"__typename":"Query"' in received) == (2, True)

    async def test_so_do_chunks(self, build_app: BuildApp) -> None:
        chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(QUERY), QUERY)
        async with serve_router(build_app()) as router:
            received = await router.exchange(POST + H2C + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + CLOSE)
        assert count(received, 200) == 2

    async def test_in_any_pieces(self, build_app: BuildApp) -> None:
        whole = POST + H2C + LENGTH + b"\r\n" + QUERY + CLOSE
        async with serve_router(build_app()) as router:
            received = await router.exchange(*[whole[at : at + 17] for at in range(0, len(whole), 17)])
        assert count(received, 200) == 2

    async def test_many_in_a_pipeline(self, build_app: BuildApp) -> None:
        get = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
        async with serve_router(build_app()) as router:
            received = await router.exchange(get * 60 + WHOLE + (POST + H2C + LENGTH + b"\r\n" + QUERY) * 3 + CLOSE)
        assert count(received, 200) == 65

    async def test_and_a_tunnel_is_refused(self, build_app: BuildApp) -> None:
        async with serve_router(build_app()) as router:
            received = await router.exchange(b"CONNECT evil.test:443 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert received.startswith(b"HTTP/1.1 405 ")


class TestHeads:
    """F5 b: a head that is too large is refused when it is, not when it has come."""

    @pytest.mark.parametrize(
        ("begin", "piece", "status"),
        [
            (POST, b"x-padding: " + b"y" * 1000 + b"\r\n", 431),
            (POST, b"a:\r\n", 431),
            (POST + b"X: ", b"y" * 65536, 431),
            (POST + b"X:", b" " * 65536, 431),
            (POST, b"y" * 65536, 431),
            (b"GET /", b"y" * 65536, 414),
            (b"GET /graphql?query=", b"y" * 65536, 414),
            (POST + b"Transfer-Encoding: chunked\r\n\r\n1;", b"y" * 65536, 431),
            (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"y" * 65536, 431),
            (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"x: y\r\n" * 1000, 431),
        ],
    )
    async def test_without_an_end(self, build_app: BuildApp, begin: bytes, piece: bytes, status: int) -> None:
        app = build_app()
        async with serve_router(app) as router:
            client = await router.connect()
            client.writer.write(begin)
            # Read while it is sent: a client that is reset may lose what it did not read.
            reading = asyncio.create_task(client.read_to_end())
            taken = await client.flood(piece * max(1, 65536 // len(piece)), 60 * MEGABYTE)
            assert taken < IN_BUFFERS
            assert (await reading).startswith(b"HTTP/1.1 %d " % status)
            client.abort()
            await router.wait_until_empty()
        assert sum(app.security.counts.values()) == 1

    @pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 431)])
    async def test_just_over_the_limit(self, build_app: BuildApp, more: int, status: int) -> None:
        app = build_app(RouterConfig(limits=LimitsConfig(max_header_bytes=70_000)))
        known = (
            b"hostx" + b"content-typeapplication/json" + b"content-length%d" % len(QUERY) + b"connectionclose" + b"x"
        )
        padding = b"y" * (70_000 - len(known) + more)
        head = POST + LENGTH + b"Connection: close\r\nX: " + padding + b"\r\n\r\n"
        async with serve_router(app) as router:
            received = await router.exchange(head + QUERY)
        assert count(received, status) == 1
        assert (b"HEADERS_TOO_LARGE" in received) == (status == 431)

    @pytest.mark.parametrize(("fields", "status"), [(12, 200), (13, 431)])
    async def test_the_number_of_fields(self, build_app: BuildApp, fields: int, status: int) -> None:
        app = build_app(RouterConfig(limits=LimitsConfig(max_header_fields=15)))
        head = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\nA: b\r\n" + b"X: y\r\n" * fields
        async with serve_router(app) as router:
            assert count(await router.exchange(head + b"\r\n"), status) == 1

    async def test_fields_after_the_body_are_none_of_the_head(self, build_app: BuildApp) -> None:
        chunks = b"%x\r\n%b\r\n0\r\nAuthorization: Bearer x\r\n\r\n" % (len(QUERY), QUERY)
        async with serve_router(build_app()) as router:
            received = await router.exchange(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + CLOSE)
        assert count(received, 200) == 2

    @pytest.mark.parametrize("hosts", [b"", b"Host: a\r\nHost: b\r\n", b"Host: a\r\nhost: a\r\n"])
    async def test_there_is_one_host(self, build_app: BuildApp, hosts: bytes) -> None:
        async with serve_router(build_app()) as router:
            received = await router.exchange(b"GET /health/live HTTP/1.1\r\n" + hosts + b"\r\n")
        assert received.startswith(b"HTTP/1.1 400 ")

    async def test_an_old_client_needs_none(self, build_app: BuildApp) -> None:
        async with serve_router(build_app()) as router:
            assert count(await router.exchange(b"GET /health/live HTTP/1.0\r\n\r\n"), 200) == 1

    async def test_what_was_asked_before_is_answered(self, build_app: BuildApp) -> None:
        async with serve_router(build_app()) as router:
            received = await router.exchange(WHOLE + b"\0 no HTTP\r\n\r\n")
        assert (count(received, 200), count(received, 400)) == (1, 0)


class TestBodies:
    async def test_one_without_an_end_is_refused(self, build_app: BuildApp) -> None:
        async with serve_router(build_app()) as router:
            client = await router.connect()
            client.writer.write(POST + b"Transfer-Encoding: chunked\r\n\r\n")
            taken = await client.flood(b"10000\r\n" + b"y" * 65536 + b"\r\n", 60 * MEGABYTE)
            client.abort()
        assert taken < IN_BUFFERS


class TestTime:
    """F5 d: who says nothing, or half of something, is disconnected."""

    TIMES = TimeoutsConfig(client_head=0.3, client_body=0.3)

    @pytest.mark.parametrize(
        ("sent", "status"),
        [
            (b"", None),
            (b"\r\n\r\n", None),
            (b"POST /graphql HTTP/1.1\r\nHost: x\r\n", 408),
            (b"POST /gra", 408),
            (POST + LENGTH + b"\r\n{", 408),
            (POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", 408),
            (POST + b"Expect: 100-continue\r\n" + LENGTH + b"\r\n", 408),
            (POST + H2C + LENGTH + b"\r\n{", 408),
        ],
    )
    async def test_half_a_request(self, build_app: BuildApp, sent: bytes, status: int | None) -> None:
        app = build_app(RouterConfig(timeouts=self.TIMES))
        async with serve_router(app) as router:
            received = await router.exchange(sent)
            assert received.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")[9:12] == (b"%d" % status if status else b"")
            await router.wait_until_empty()

    async def test_half_a_request_after_a_whole_one(self, build_app: BuildApp) -> None:
        app = build_app(RouterConfig(timeouts=self.TIMES))
        async with serve_router(app) as router:
            received = await router.exchange(WHOLE, POST)
        assert (count(received, 200), count(received, 408)) == (1, 1)

    async def test_nothing_after_a_whole_one(self, build_app: BuildApp) -> None:
        app = build_app(RouterConfig(server=ServerConfig(keep_alive=1)))
        async with serve_router(app) as router:
            received = await router.exchange(WHOLE)
            await router.wait_until_empty()
        assert received.count(b"HTTP/1.1 ") == 1

    async def test_a_body_that_nobody_reads_any_more(self, build_app: BuildApp) -> None:
        app = build_app(RouterConfig(timeouts=self.TIMES))
        async with serve_router(app) as router:
            received = await router.exchange(POST + b"Content-Length: 99999999\r\n\r\n{")
        assert count(received, 413) == 1

    async def test_who_reads_nothing(self, build_app: BuildApp) -> None:
        app = build_app(RouterConfig(timeouts=TimeoutsConfig(client_write=0.3)))
        query = b'{"query":"{__schema{types{name description fields{name description args{name}}}}}"}'
        whole = POST + b"Content-Length: %d\r\n\r\n" % len(query) + query
        async with serve_router(app) as router:
            client = await router.connect()
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a transport that reads
            await client.flood(whole * 100, 60 * MEGABYTE)
            await router.wait_until_empty()
            client.abort()


class TestNumbers:
    """F5 d: connections are bounded in all and by address."""

    async def open(self, build_app: BuildApp, server: ServerConfig) -> bytes:
        async with serve_router(build_app(RouterConfig(server=server))) as router:
            clients = [await router.connect() for _ in range(3)]
            for client in clients:
                client.writer.write(LIVE)
                assert b" 200 " in await client.read_response()
            refused = await router.exchange(CLOSE)
            for client in clients:
                client.abort()
            await router.wait_until_empty()
            assert count(await router.exchange(CLOSE), 200) == 1
        return refused

    async def test_by_address(self, build_app: BuildApp) -> None:
        refused = await self.open(build_app, ServerConfig(max_connections_per_address=3))
        assert (count(refused, 503), b"TOO_MANY_CONNECTIONS" in refused) == (1, True)

    async def test_in_all(self, build_app: BuildApp) -> None:
        refused = await self.open(build_app, ServerConfig(max_connections=3, trusted_proxies=("127.0.0.1",)))
        assert count(refused, 503) == 1

    async def test_a_trusted_proxy_has_those_of_its_clients(self, build_app: BuildApp) -> None:
        server = ServerConfig(max_connections_per_address=3, trusted_proxies=("127.0.0.0/8",))
        assert count(await self.open(build_app, server), 200) == 1

    @pytest.mark.parametrize(("files", "admitted"), [(100, 50), (300, 150), (1_000, 744), (None, 2_000)])
    def test_by_the_limit_of_open_files(
        self, monkeypatch: pytest.MonkeyPatch, files: int | None, admitted: int
    ) -> None:
        monkeypatch.setattr(registry, "count_open_files", lambda: files)
        config = RouterConfig(server=ServerConfig(max_connections=2_000, max_connections_per_address=5_000))
        connections = registry.ConnectionRegistry(lambda: config)
        assert sum(connections.admit("192.0.2.1") is not None for _ in range(2_500)) == admitted

    def test_one_network_of_ipv6_is_one_client(self) -> None:
        config = RouterConfig(server=ServerConfig(max_connections_per_address=2))
        connections = registry.ConnectionRegistry(lambda: config)
        found = [connections.admit(f"2001:db8::{number}") for number in range(3)]
        assert [each is None for each in found] == [False, False, True]
        assert connections.admit("2001:db8:1::1") is not None
        # IPv4 clients of a socket for both families are clients of their own.
        assert [connections.admit(f"::ffff:192.0.2.{number}") is None for number in range(5)] == [False] * 5
        assert found[0] is not None
        connections.release(found[0])
        assert connections.admit("2001:db8::9") is not None


class TestHosts:
    """F11: a server that knows its names does not answer to others."""

    @pytest.mark.parametrize(
        "host", [b"localhost", b"LOCALHOST:4000", b"127.0.0.1:80", b"[::1]:80", b"[::1]", b"localhost."]
    )
    async def test_its_own(self, build_app: BuildApp, host: bytes) -> None:
        assert await self.ask(build_app, b"Host: %b\r\n" % host) == (200, 101)

    @pytest.mark.parametrize(
        "host", [b"rebind.evil.test:5000", b"localhost.evil.test", b"127.0.0.1.evil.test", b"", b"evil.test:@localhost"]
    )
    async def test_others(self, build_app: BuildApp, host: bytes) -> None:
        assert await self.ask(build_app, b"Host: %b\r\n" % host) == (421, 421)

    async def ask(self, build_app: BuildApp, host: bytes) -> tuple[int, int]:
        names = ("localhost", "127.0.0.1", "[::1]")
        app = build_app(RouterConfig(server=ServerConfig(allowed_hosts=names)))
        handshake = (
            b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n"
        )
        found = []
        async with serve_router(app) as router:
            for rest in (b"", handshake):
                client = await router.connect()
                client.writer.write(
                    b"GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nUser-Agent: t/1\r\n" + host + rest + b"\r\n"
                )
                found.append(int((await client.read_head())[9:12]))
                client.abort()
        return found[0], found[1]
