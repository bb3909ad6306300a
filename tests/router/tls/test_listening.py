"""The router listens with TLS: HTTPS and WSS, client certificates, renewed certificates, and files that do not fit."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.router.app.test_start import run_router
from tests.support.broadcasting import TICKS
from tests.support.certificates import Authority, Issued
from tests.support.router_process import RouterProcess, run_router_process

ANSWER = "{ answer }"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "own")


@pytest.fixture
def issued(authority: Authority) -> Issued:
    return authority.issue("router", "127.0.0.1")


def run(
    folder: Path, tls: ssl.SSLContext, issued: Issued, *, client_ca_file: str | None = None, **sections: Any
) -> AbstractAsyncContextManager[RouterProcess]:
    section = {"cert_file": Path(issued.cert_file).name, "key_file": Path(issued.key_file).name}
    if client_ca_file is not None:
        section["client_ca_file"] = Path(client_ca_file).name
    return run_router_process(folder, tls=tls, server={"tls": section}, **sections)


class TestServing:
    async def test_https_and_wss(self, authority: Authority, issued: Issued, tmp_path: Path) -> None:
        async with run(tmp_path, authority.trust(), issued) as router:
            assert await router.query(ANSWER) == {"data": {"answer": 42}}
            await router.wait_for("router.ready")
            assert router.find("router.ready")["url"] == f"https://127.0.0.1:{router.port}/graphql"
            url = f"wss://127.0.0.1:{router.port}/graphql"
            async with router.session.ws_connect(url, protocols=("graphql-transport-ws",)) as client:
                await client.send_json({"type": "connection_init"})
                assert (await client.receive_json())["type"] == "connection_ack"
                await client.send_json({"type": "subscribe", "id": "1", "payload": {"query": TICKS}})
                async with asyncio.timeout(10):
                    while not router.subgraph.streams:
                        await asyncio.sleep(0.01)
                router.subgraph.publish(7)
                assert (await client.receive_json())["payload"] == {"data": {"ticks": 7}}
            router.process.terminate()
            assert await asyncio.wait_for(router.process.wait(), 10) == -signal.SIGTERM

    async def test_plain_http_and_old_versions_are_refused(
        self, authority: Authority, issued: Issued, tmp_path: Path
    ) -> None:
        async with run(tmp_path, authority.trust(), issued) as router:
            with pytest.raises(aiohttp.ClientError):
                await router.session.get(f"http://127.0.0.1:{router.port}/health/live")
            old = authority.trust()
            old.set_ciphers("DEFAULT:@SECLEVEL=0")
            with pytest.warns(DeprecationWarning, match="TLSv1_1"):
                old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
            with pytest.raises(ssl.SSLError):
                await asyncio.to_thread(connect, router.port, old)
            newer = authority.trust()
            newer.maximum_version = ssl.TLSVersion.TLSv1_2
            assert await asyncio.to_thread(connect, router.port, newer) == "TLSv1.2"

    async def test_a_handshake_that_does_not_come_ends_in_time(
        self, authority: Authority, issued: Issued, tmp_path: Path
    ) -> None:
        async with run(tmp_path, authority.trust(), issued, timeouts={"client_head": 0.5}) as router:
            began = time.monotonic()
            reader, writer = await asyncio.open_connection("127.0.0.1", router.port)
            assert await asyncio.wait_for(reader.read(), 10) == b""
            assert time.monotonic() - began < 5
            writer.close()


class TestClientCertificates:
    async def test_only_those_of_the_ca_are_served(self, authority: Authority, issued: Issued, tmp_path: Path) -> None:
        trusted = authority.trust(authority.issue("client"))
        async with run(tmp_path, trusted, issued, client_ca_file=authority.ca_file) as router:
            assert await router.query(ANSWER) == {"data": {"answer": 42}}
            stranger = Authority(tmp_path, "other").issue("stranger")
            for context in (authority.trust(), authority.trust(stranger)):
                async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
                    with pytest.raises(aiohttp.ClientError):
                        await session.post(f"{router.base}/graphql", json={"query": ANSWER})


class TestRenewal:
    async def test_new_files_are_shown_without_a_restart(
        self, authority: Authority, issued: Issued, tmp_path: Path
    ) -> None:
        async with run(tmp_path, authority.trust(), issued) as router:
            first = await asyncio.to_thread(read_certificate, router.port)
            renewed = authority.issue("renewed", "127.0.0.1")
            # The key alone does not fit: what is in service stays.
            Path(issued.key_file).write_bytes(Path(renewed.key_file).read_bytes())
            await router.wait_for("reload.failed")
            assert "does not belong to the certificate" in router.find("reload.failed")["error"]
            assert await asyncio.to_thread(read_certificate, router.port) == first
            Path(issued.cert_file).write_bytes(Path(renewed.cert_file).read_bytes())
            await router.wait_for("reload.done")
            assert await asyncio.to_thread(read_certificate, router.port) == Path(renewed.cert_file).read_text()
            assert await router.query(ANSWER) == {"data": {"answer": 42}}


class TestRefusals:
    """One line at the start, before anything is served."""

    async def start(self, folder: Path, section: str) -> str:
        config = folder / "router.yaml"
        config.write_text(f"server: {{port: 0, tls: {{{section}}}}}\n")
        code, said = await run_router(folder, "--config", str(config))
        assert code == 1
        prefix = "entrepot router: CONFIGURATION_INVALID: server.tls: "
        assert said.startswith(prefix), said
        assert said.count("\n") == 1
        return said.removeprefix(prefix).strip()

    async def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        said = await self.start(tmp_path, "cert_file: nowhere.pem")
        assert said == f"The file {tmp_path}/nowhere.pem cannot be read: No such file or directory."

    async def test_a_key_of_another_certificate(self, authority: Authority, issued: Issued, tmp_path: Path) -> None:
        other = authority.issue("other", "127.0.0.1")
        said = await self.start(tmp_path, f"cert_file: {issued.cert_file}, key_file: {other.key_file}")
        assert said.startswith(
            f"The private key in {other.key_file} does not belong to the certificate in {issued.cert_file}."
        )

    async def test_a_key_with_a_passphrase(self, authority: Authority, tmp_path: Path) -> None:
        issued = authority.issue("locked", "127.0.0.1", passphrase=b"secret")
        said = await self.start(tmp_path, f"cert_file: {issued.cert_file}, key_file: {issued.key_file}")
        assert "passphrase" in said

    async def test_a_client_ca_that_is_none(self, issued: Issued, tmp_path: Path) -> None:
        (tmp_path / "empty.pem").write_text("nothing\n")
        section = f"cert_file: {issued.cert_file}, key_file: {issued.key_file}, client_ca_file: empty.pem"
        said = await self.start(tmp_path, section)
        assert said == f"The file {tmp_path}/empty.pem holds no certificate of a CA in PEM."


def connect(port: int, context: ssl.SSLContext) -> str | None:
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        return secure.version()


def read_certificate(port: int) -> str:
    return ssl.get_server_certificate(("127.0.0.1", port))
