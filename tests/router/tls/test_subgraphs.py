"""The router reaches subgraphs over TLS: its CA, its client certificate, and what it says when either does not fit."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
from contextlib import AbstractAsyncContextManager, aclosing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from entrepot.router.app.build import build_transport
from entrepot.router.config import (
    ClientTlsConfig,
    RouterConfig,
    SubgraphSubscriptionConfig,
    SubgraphTrafficConfig,
    SubscriptionsConfig,
    TrafficConfig,
)
from entrepot.router.errors import ConfigurationInvalid, SubgraphUnavailable
from entrepot.router.execution import SubgraphRequest
from entrepot.router.execution.causes import describe_cause
from entrepot.router.pipeline.authentication.jwks import fetch_over_http
from entrepot.shared.tls import build_client_context
from tests.support.certificates import Authority, Issued
from tests.support.router_process import RouterProcess, run_router_process
from tests.support.tls_servers import ServerTls

ANSWER = "{ answer }"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "own")


@pytest.fixture
def mutual(authority: Authority) -> ServerTls:
    """A subgraph that demands a certificate of the same CA."""
    return ServerTls(authority.issue("subgraph", "127.0.0.1"), authority.ca_file)


@pytest.fixture
def client(authority: Authority) -> Issued:
    return authority.issue("router")


def name_files(authority: Authority, client: Issued | None = None) -> dict[str, Any]:
    """The section `tls`, its paths relative to the configuration's folder."""
    section = {"ca_file": Path(authority.ca_file).name}
    if client is not None:
        section |= {"cert_file": Path(client.cert_file).name, "key_file": Path(client.key_file).name}
    return {"tls": section}


def run(folder: Path, subgraph_tls: ServerTls, **traffic: Any) -> AbstractAsyncContextManager[RouterProcess]:
    return run_router_process(folder, subgraph_tls=subgraph_tls, traffic=traffic)


async def fail(router: RouterProcess) -> str:
    """The cause that the log has for a subgraph that is not reached; the client gets a code and not the cause."""
    answer = await router.query(ANSWER)
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "SUBGRAPH_UNAVAILABLE"
    assert "TLS" not in json.dumps(answer)
    await router.wait_for("subgraph.unreachable")
    return str(router.find("subgraph.unreachable")["cause"])


class TestQueries:
    @pytest.mark.parametrize("place", ["all", "subgraphs"])
    async def test_mutual_tls(
        self, place: str, authority: Authority, mutual: ServerTls, client: Issued, tmp_path: Path
    ) -> None:
        section = name_files(authority, client)
        traffic = {"all": section} if place == "all" else {"subgraphs": {"clock": section}}
        async with run(tmp_path, mutual, **traffic) as router:
            assert await router.query(ANSWER) == {"data": {"answer": 42}}

    async def test_a_subgraphs_own_section_replaces_that_of_all(
        self, authority: Authority, mutual: ServerTls, client: Issued, tmp_path: Path
    ) -> None:
        other = Authority(tmp_path, "other")
        traffic = {"all": name_files(other), "subgraphs": {"clock": name_files(authority, client)}}
        async with run(tmp_path, mutual, **traffic) as router:
            assert await router.query(ANSWER) == {"data": {"answer": 42}}

    async def test_a_server_of_another_ca(self, mutual: ServerTls, client: Issued, tmp_path: Path) -> None:
        async with run(tmp_path, mutual, all=name_files(Authority(tmp_path, "other"), client)) as router:
            cause = await fail(router)
        assert cause.startswith("TLS: the certificate is not trusted (")
        assert cause.endswith("name the file of the CA that issued it as the CA file")

    async def test_the_cas_of_the_system_by_default(self, mutual: ServerTls, tmp_path: Path) -> None:
        async with run(tmp_path, mutual) as router:
            assert (await fail(router)).startswith("TLS: the certificate is not trusted (")

    async def test_a_certificate_for_another_name(self, authority: Authority, tmp_path: Path) -> None:
        tls = ServerTls(authority.issue("elsewhere", "shop.example"))
        async with run(tmp_path, tls, all=name_files(authority)) as router:
            assert (await fail(router)).startswith("TLS: the certificate is for another name (IP address mismatch")

    async def test_a_certificate_that_has_expired(self, authority: Authority, tmp_path: Path) -> None:
        tls = ServerTls(authority.issue("old", "127.0.0.1", is_expired=True))
        async with run(tmp_path, tls, all=name_files(authority)) as router:
            assert (await fail(router)).startswith("TLS: the certificate is not valid now (certificate has expired)")

    async def test_no_client_certificate(self, authority: Authority, mutual: ServerTls, tmp_path: Path) -> None:
        async with run(tmp_path, mutual, all=name_files(authority)) as router:
            assert "; over TLS, a server that demands a client certificate" in await fail(router)

    @pytest.mark.parametrize("is_shown", [True, False])
    async def test_a_server_that_says_why_it_refuses_the_client(
        self, authority: Authority, mutual: ServerTls, tmp_path: Path, *, is_shown: bool
    ) -> None:
        """Servers of asyncio close the connection without an alert; others send one."""
        stranger = Authority(tmp_path, "other").issue("stranger")
        tls = ClientTlsConfig(
            ca_file=authority.ca_file,
            cert_file=stranger.cert_file if is_shown else None,
            key_file=stranger.key_file if is_shown else None,
        )
        config = RouterConfig(traffic=TrafficConfig(all=SubgraphTrafficConfig(tls=tls)))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            handshake = asyncio.create_task(asyncio.to_thread(_shake_hands, listener, mutual))
            url = f"https://127.0.0.1:{listener.getsockname()[1]}/graphql"
            async with build_transport(config) as transport:
                with pytest.raises(SubgraphUnavailable) as failure:
                    await transport.send(SubgraphRequest("shop", url, b"{}"))
            await handshake
        assert failure.value.__cause__ is not None
        said = describe_cause(failure.value.__cause__)
        assert said == (
            "TLS: the server does not trust the client certificate (TLSV1_ALERT_UNKNOWN_CA): use one that a CA of the "
            "server issued"
            if is_shown
            else "TLS: the server refused the handshake (TLSV13_ALERT_CERTIFICATE_REQUIRED): if it demands a client "
            "certificate, name its files"
        )

    async def test_a_reload_reads_the_files_again(
        self, authority: Authority, mutual: ServerTls, client: Issued, tmp_path: Path
    ) -> None:
        other = Authority(tmp_path, "other")
        async with run(tmp_path, mutual, all=name_files(other, client)) as router:
            await fail(router)
            Path(other.ca_file).write_bytes(Path(authority.ca_file).read_bytes())
            await router.wait_for("reload.done")
            assert await router.query(ANSWER) == {"data": {"answer": 42}}


class TestStreams:
    async def test_server_sent_events(
        self, authority: Authority, mutual: ServerTls, client: Issued, tmp_path: Path
    ) -> None:
        async with (
            run(tmp_path, mutual, all=name_files(authority, client)) as router,
            router.session.post(
                f"{router.base}/graphql",
                json={"query": "subscription { ticks }"},
                headers={"accept": "text/event-stream"},
            ) as answer,
        ):
            async with asyncio.timeout(10):
                while not router.subgraph.streams:
                    await asyncio.sleep(0.01)
                router.subgraph.publish(7)
                async for line in answer.content:
                    if line.startswith(b"data:") and b"ticks" in line:
                        assert json.loads(line[5:]) == {"data": {"ticks": 7}}
                        break

    @pytest.mark.parametrize("knows_ca", [True, False])
    async def test_web_sockets(
        self, authority: Authority, mutual: ServerTls, client: Issued, tmp_path: Path, *, knows_ca: bool
    ) -> None:
        server = TestServer(_build_socket_app(), host="127.0.0.1", scheme="https")
        await server.start_server(ssl=mutual.build_context())
        ca = authority if knows_ca else Authority(tmp_path, "other")
        tls = ClientTlsConfig(ca_file=ca.ca_file, cert_file=client.cert_file, key_file=client.key_file)
        url = str(server.make_url("/graphql"))
        config = RouterConfig(
            traffic=TrafficConfig(subgraphs={"shop": SubgraphTrafficConfig(tls=tls)}),
            subscriptions=SubscriptionsConfig(subgraphs={"shop": SubgraphSubscriptionConfig(url=url)}),
        )
        request = SubgraphRequest("shop", url, b'{"query":"subscription { n }"}')
        try:
            async with build_transport(config) as transport, aclosing(transport.stream(request)) as events:
                if knows_ca:
                    assert json.loads(await anext(events)) == {"data": {"n": 1}}
                else:
                    with pytest.raises(SubgraphUnavailable) as failure:
                        await anext(events)
                    assert failure.value.__cause__ is not None
                    assert describe_cause(failure.value.__cause__).startswith("TLS: the certificate is not trusted (")
        finally:
            await server.close()


class TestKeySets:
    async def test_an_issuer_with_a_certificate_of_the_own_ca(self, authority: Authority) -> None:
        async def answer(_request: web.Request) -> web.Response:
            return web.json_response({"keys": []})

        app = web.Application()
        app.router.add_get("/jwks", answer)
        server = TestServer(app, host="127.0.0.1", scheme="https")
        await server.start_server(ssl=ServerTls(authority.issue("issuer", "127.0.0.1")).build_context())
        url = str(server.make_url("/jwks"))
        try:
            assert await fetch_over_http(url, 5, build_client_context(ca_file=authority.ca_file))() == {"keys": []}
            with pytest.raises(OSError, match="certificate verify failed"):
                await fetch_over_http(url, 5)()
        finally:
            await server.close()


class TestConfiguration:
    def test_a_file_that_is_not_there_is_refused_with_the_key(self) -> None:
        tls = ClientTlsConfig(ca_file="/nowhere/ca.pem")
        config = RouterConfig(traffic=TrafficConfig(subgraphs={"shop": SubgraphTrafficConfig(tls=tls)}))
        with pytest.raises(ConfigurationInvalid) as refusal:
            build_transport(config)
        assert refusal.value.message == (
            "traffic.subgraphs.shop.tls: The file /nowhere/ca.pem cannot be read: No such file or directory."
        )


def _shake_hands(listener: socket.socket, tls: ServerTls) -> None:
    peer, _ = listener.accept()
    with tls.build_context().wrap_socket(peer, server_side=True, do_handshake_on_connect=False) as secure:
        with pytest.raises(ssl.SSLError):
            secure.do_handshake()
        # A socket that is closed with input unread is reset, and the alert lost.
        while os.read(secure.fileno(), 65536):
            pass


def _build_socket_app() -> web.Application:
    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("graphql-transport-ws",))
        await socket.prepare(request)
        assert (await socket.receive_json())["type"] == "connection_init"
        await socket.send_json({"type": "connection_ack"})
        subscribed = await socket.receive_json()
        await socket.send_json({"type": "next", "id": subscribed["id"], "payload": {"data": {"n": 1}}})
        await socket.receive()
        return socket

    app = web.Application()
    app.router.add_get("/graphql", handle)
    return app
