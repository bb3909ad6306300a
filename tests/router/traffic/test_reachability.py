"""The log of subgraphs that cannot be reached: which, where, why, and not more often than can be read."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import ssl
from collections.abc import AsyncIterator, MutableMapping, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from structlog.testing import capture_logs

from entrepot.router.config import SubgraphTrafficConfig, TrafficConfig
from entrepot.router.errors import SubgraphCircuitOpen, SubgraphOverloaded, SubgraphUnavailable
from entrepot.router.execution import HttpTransport, SubgraphRequest, SubgraphTransport
from entrepot.router.execution.transports.subgraph_client import describe_failure
from entrepot.router.traffic import TrafficTransport
from entrepot.router.traffic.reachability import ReachabilityLog, ReachabilityTransport
from entrepot.shared.clock import SystemClock
from entrepot.shared.randomness import SeededRandomness
from tests.support.clock import ManualClock
from tests.support.scripted_transport import UNREACHABLE, ScriptedTransport, answer, ask
from tests.support.servers import free_port

Entries = Sequence[MutableMapping[str, Any]]


async def try_to_ask(transport: SubgraphTransport, request: SubgraphRequest, times: int = 1) -> None:
    for _ in range(times):
        try:
            await transport.send(request)
        except SubgraphUnavailable:
            continue


def brief(entries: Entries) -> list[tuple[str, Any]]:
    return [(entry["event"], entry.get("suppressed", entry.get("seconds"))) for entry in entries]


class TestHowOften:
    async def test_once_in_half_a_minute_with_what_was_left_out(self) -> None:
        clock = ManualClock()
        transport = ReachabilityTransport(ScriptedTransport(UNREACHABLE), ReachabilityLog(clock))
        with capture_logs() as logs:
            await try_to_ask(transport, ask(), 5)
            clock.advance(29)
            await try_to_ask(transport, ask(), 2)
            clock.advance(2)
            await try_to_ask(transport, ask(), 3)
            await try_to_ask(transport, ask(subgraph="other"))
        assert brief(logs) == [("subgraph.unreachable", 0), ("subgraph.unreachable", 6), ("subgraph.unreachable", 0)]
        assert [entry["subgraph"] for entry in logs] == ["shop", "shop", "other"]
        assert [entry["log_level"] for entry in logs] == ["warning"] * 3
        assert logs[0]["url"] == "http://shop.test"

    async def test_once_when_it_answers_again(self) -> None:
        clock = ManualClock()
        transport = ReachabilityTransport(ScriptedTransport(UNREACHABLE, UNREACHABLE, answer()), ReachabilityLog(clock))
        with capture_logs() as logs:
            await try_to_ask(transport, ask())
            clock.advance(4)
            await try_to_ask(transport, ask(), 3)
        assert brief(logs) == [("subgraph.unreachable", 0), ("subgraph.reachable", 4.0)]

    async def test_one_that_comes_and_goes_does_not_fill_the_log(self) -> None:
        clock = ManualClock()
        replies = [UNREACHABLE, answer()] * 20
        transport = ReachabilityTransport(ScriptedTransport(*replies), ReachabilityLog(clock))
        with capture_logs() as logs:
            await try_to_ask(transport, ask(), 38)
            clock.advance(31)
            await try_to_ask(transport, ask(), 2)
        assert brief(logs) == [
            ("subgraph.unreachable", 0),
            ("subgraph.reachable", 0.0),
            ("subgraph.unreachable", 18),
            ("subgraph.reachable", 0.0),
        ]

    @pytest.mark.parametrize(
        "failure",
        [
            describe_failure("shop", "is left alone", kind=SubgraphCircuitOpen),
            describe_failure("shop", "has too much to do", kind=SubgraphOverloaded),
            describe_failure("shop", "answered with more than 5 bytes", is_transient=False),
        ],
    )
    async def test_not_for_what_was_not_sent_or_was_answered(self, failure: SubgraphUnavailable) -> None:
        transport = ReachabilityTransport(ScriptedTransport(failure), ReachabilityLog(ManualClock()))
        with capture_logs() as logs:
            await try_to_ask(transport, ask())
        assert logs == []


class TestWhy:
    """Over real connections."""

    async def find_cause(self, url: str, *, limit: float = 5) -> str:
        async with HttpTransport(connect_seconds=0.5) as http:
            traffic = TrafficTransport(
                http,
                TrafficConfig(all=SubgraphTrafficConfig()),
                default_timeout=limit,
                clock=SystemClock(),
                randomness=SeededRandomness(1),
            )
            transport = ReachabilityTransport(traffic, ReachabilityLog(SystemClock()))
            with capture_logs() as logs:
                await try_to_ask(transport, SubgraphRequest("shop", url, b"{}"))
        (entry,) = logs
        assert (entry["event"], entry["subgraph"], entry["url"]) == ("subgraph.unreachable", "shop", url)
        return str(entry["cause"])

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    async def test_refused(self, host: str) -> None:
        said = await self.find_cause(f"http://{host}:{free_port()}/graphql")
        assert said == "the connection was refused: nothing listens there"

    async def test_dns(self) -> None:
        assert (await self.find_cause("http://nowhere.invalid/graphql")).startswith("DNS: the host name cannot be")

    async def test_no_tls_there(self) -> None:
        async with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
            assert (await self.find_cause(f"https://127.0.0.1:{port}/graphql")).startswith("TLS: ")

    async def test_a_certificate_that_nobody_signed(self, tmp_path: Path) -> None:
        async with answering(b"", tls=build_tls(tmp_path)) as port:
            said = await self.find_cause(f"https://127.0.0.1:{port}/graphql")
        assert said == (
            "TLS: the certificate is not trusted (self-signed certificate): name the file of the CA that issued it as "
            "the CA file"
        )

    async def test_a_connection_that_ends(self) -> None:
        async with answering(b"") as port:
            said = await self.find_cause(f"http://127.0.0.1:{port}/graphql")
        assert said == "the connection was closed before the answer was complete"

    async def test_something_else_than_http(self) -> None:
        async with answering(b"SSH-2.0-OpenSSH\r\n") as port:
            assert await self.find_cause(f"http://127.0.0.1:{port}/graphql") == "what came back is not HTTP"

    async def test_no_answer_in_time(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/graphql"
            assert await self.find_cause(url, limit=0.2) == "time: no answer within the time limit"

    async def test_a_stream(self) -> None:
        async with HttpTransport() as http:
            transport = ReachabilityTransport(http, ReachabilityLog(SystemClock()))
            request = SubgraphRequest("shop", f"http://127.0.0.1:{free_port()}/graphql", b"{}")
            with capture_logs() as logs:
                async with aclosing(transport.stream(request)) as events:
                    with pytest.raises(SubgraphUnavailable):
                        await anext(events)
        assert [entry["cause"] for entry in logs] == ["the connection was refused: nothing listens there"]


@asynccontextmanager
async def answering(text: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of a server that says the same to everybody, and ends."""

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(text)
        writer.close()

    server = await asyncio.start_server(respond, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


def build_tls(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, SHA256())
    )
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context
