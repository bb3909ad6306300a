"""`entrepot serve` with TLS on both sides: HTTPS and WSS for clients, `sslmode=verify-full` to PostgreSQL."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp
import pytest

from tests.support.certificates import Authority
from tests.support.secure_postgres import serve_secure_postgres
from tests.support.single import Databases, run_serve, temporary_folder

QUERY = {"query": "{ __typename products(first: 1) { edges { node { id } } } }"}


async def test_both_sides(tmp_path: Path) -> None:
    clients = Authority(tmp_path, "clients")
    issued = clients.issue("shop", "127.0.0.1")
    config = tmp_path / "router.yaml"
    tls = {"cert_file": issued.cert_file, "key_file": issued.key_file, "client_ca_file": clients.ca_file}
    config.write_text(json.dumps({"server": {"tls": tls}}))
    with serve_secure_postgres() as postgres, temporary_folder() as folder:
        query = f"?sslmode=verify-full&sslrootcert={postgres.authority.ca_file}"
        databases = Databases(postgres.url(query.removeprefix("?")), folder / "data")
        await databases.create(with_demo_data=False, query=query)
        options = ("--config", str(config), "--database-url", databases.template + query)
        with run_serve(databases, *options) as served:
            served.wait_until_said(f"Entrepot serves at https://127.0.0.1:{served.port}/graphql")
            url = f"https://127.0.0.1:{served.port}/graphql"
            connector = aiohttp.TCPConnector(ssl=clients.trust(clients.issue("client")))
            async with aiohttp.ClientSession(connector=connector) as session:
                async with session.post(url, json=QUERY) as answer:
                    said = await answer.json()
                    assert (answer.status, said) == (200, {"data": {"__typename": "Query", "products": {"edges": []}}})
                async with session.ws_connect(url, protocols=("graphql-transport-ws",)) as socket:
                    await socket.send_json({"type": "connection_init"})
                    assert (await socket.receive_json())["type"] == "connection_ack"
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=clients.trust())) as session:
                with pytest.raises(aiohttp.ClientError):
                    await session.post(url, json=QUERY)
        with run_serve(databases, *options[:2], "--database-url", databases.template + "?sslmode=disable") as refused:
            assert refused.process.wait(60) == 1
        assert "no encryption" in refused.output
