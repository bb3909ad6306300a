"""Processes of the distributed shop over HTTPS, and the health check that reaches them."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.support.certificates import Authority, Issued
from tests.support.servers import free_port


@dataclass(frozen=True)
class Said:
    status: int
    error: str


async def run(environ: Mapping[str, str], *words: str) -> Said:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "entrepot",
        *words,
        env={**os.environ, **environ},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return Said(process.returncode, said.decode())


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "own")


@pytest.fixture
async def environ(authority: Authority, tmp_path: Path) -> dict[str, str]:
    """What a subgraph with mutual TLS is started with; none of its servers is there."""
    issued = authority.issue("subgraph", "127.0.0.1")
    keys = [str(tmp_path / name) for name in ("identity.key", "identity.pub")]
    made = await run({}, "generate-keys", "--private", keys[0], "--public", keys[1])
    assert made.status == 0, made.error
    return {
        "ENTREPOT_DATABASE_URL": "postgresql://carts:s3cret@127.0.0.1:1/carts",
        "ENTREPOT_KAFKA_BROKERS": "127.0.0.1:1",
        "ENTREPOT_REDIS_URL": "redis://127.0.0.1:1/0",
        "ENTREPOT_IDENTITY_PUBLIC_KEYS": keys[1],
        "ENTREPOT_SHOP_FOLDER": str(tmp_path / "data"),
        "ENTREPOT_SERVER_CERT_FILE": issued.cert_file,
        "ENTREPOT_SERVER_KEY_FILE": issued.key_file,
        "ENTREPOT_SERVER_CLIENT_CA_FILE": authority.ca_file,
    }


async def test_a_subgraph_serves_those_who_show_a_certificate(
    authority: Authority, environ: dict[str, str], tmp_path: Path
) -> None:
    port, client = free_port(), authority.issue("router")
    url = f"https://127.0.0.1:{port}/health/live"
    subgraph = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "entrepot", "subgraph", "carts", "--port", str(port)),
        env={**os.environ, **environ},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert subgraph.stdout is not None
        assert b"entrepot subgraph carts" in await asyncio.wait_for(subgraph.stdout.readline(), 60)
        connector = aiohttp.TCPConnector(ssl=authority.trust(client))
        async with aiohttp.ClientSession(connector=connector) as session, session.get(url) as answer:
            assert (answer.status, await answer.json()) == (200, {"status": "live"})
        assert (await check(url, authority, client)).status == 0
        without = await check(url, authority, None)
        assert (without.status, without.error.count("\n")) == (1, 1)
        elsewhere = await check(url, Authority(tmp_path, "other"), client)
        assert "certificate verify failed" in elsewhere.error
    finally:
        subgraph.terminate()
        await asyncio.wait_for(subgraph.wait(), 20)


async def check(url: str, authority: Authority, client: Issued | None) -> Said:
    shown = [] if client is None else ["--cert-file", client.cert_file, "--key-file", client.key_file]
    return await run({}, "health", url, "--ca-file", authority.ca_file, *shown)


async def test_files_that_do_not_fit_are_one_line(authority: Authority, environ: dict[str, str]) -> None:
    other = authority.issue("other", "127.0.0.1")
    said = await run({**environ, "ENTREPOT_SERVER_KEY_FILE": other.key_file}, "subgraph", "carts", "--port", "0")
    assert said.status == 1
    assert "does not belong to the certificate" in said.error
    assert said.error.count("\n") == 1


async def test_a_key_without_a_certificate(environ: dict[str, str]) -> None:
    said = await run({**environ, "ENTREPOT_SERVER_CERT_FILE": ""}, "subgraph", "carts", "--port", "0")
    assert said.status == 1
    assert "ENTREPOT_SERVER_CERT_FILE is not set: TLS needs the certificate of the server." in said.error
