"""`entrepot dev` for a frontend on another port: pages of this machine may call it, and a file has its settings."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from entrepot.cli import main
from entrepot.router.config import CorsConfig
from entrepot.router.errors import ConfigurationInvalid
from entrepot.wiring.dev_settings import REFUSED, apply_file, build_config
from tests.support.mesh import CHEAP
from tests.support.running_subgraphs import Command, run_command
from tests.support.servers import free_port

ORIGINS = ("http://localhost:5173", "http://127.0.0.1:3000", "http://[::1]:8080", "http://localhost")
FOREIGN = ("https://evil.example", "http://localhost.evil.example:5173", "http://evil.example:5173", "null")
QUERY = {"query": "{ __typename }"}


@asynccontextmanager
async def open_dev(folder: Path, *words: str) -> AsyncIterator[tuple[str, Command]]:
    """The endpoint of a shop without demo data, and its process."""
    async with run_command(
        "dev", "--port", "0", "--no-seed", "--data", str(folder / "data"), *words, env={**os.environ, **CHEAP}
    ) as command:
        line = await command.wait_for("Entrepot is open at")
        await command.wait_for("Ctrl+C")
        found = re.search(r"http://\S+", line)
        assert found is not None
        yield found[0], command


async def preflight(session: aiohttp.ClientSession, url: str, origin: str) -> dict[str, str]:
    headers = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    async with session.options(url, headers=headers) as answer:
        assert answer.status == 204
        return {key.lower(): value for key, value in answer.headers.items() if key.lower().startswith("access-control")}


async def open_socket(session: aiohttp.ClientSession, url: str, origin: str) -> Any:
    """The acknowledgement of a socket that a page of the origin opens."""
    headers = {"origin": origin}
    async with session.ws_connect(url, protocols=["graphql-transport-ws"], headers=headers) as socket:
        await socket.send_json({"type": "connection_init"})
        return await socket.receive_json(timeout=10)


async def test_pages_of_this_machine_may_call_and_no_others(tmp_path: Path) -> None:
    async with open_dev(tmp_path) as (url, _), aiohttp.ClientSession() as session:
        for origin in ORIGINS:
            assert await preflight(session, url, origin) == {
                "access-control-allow-origin": origin,
                "access-control-allow-credentials": "true",
                "access-control-expose-headers": "x-request-id",
                "access-control-allow-methods": "GET, POST",
                "access-control-allow-headers": "authorization,content-type",
                "access-control-max-age": "600",
            }
            async with session.post(url, json=QUERY, headers={"origin": origin}) as answer:
                assert answer.headers["access-control-allow-origin"] == origin
                assert "origin" in answer.headers.getall("vary")
                assert await answer.json() == {"data": {"__typename": "Query"}}
            streamed = {"origin": origin, "accept": "text/event-stream"}
            async with session.post(url, json=QUERY, headers=streamed) as answer:
                assert answer.content_type == "text/event-stream"
                assert answer.headers["access-control-allow-origin"] == origin
            assert (await open_socket(session, url, origin))["type"] == "connection_ack"
        for origin in FOREIGN:
            assert await preflight(session, url, origin) == {}
            async with session.post(url, json=QUERY, headers={"origin": origin}) as answer:
                assert "access-control-allow-origin" not in answer.headers
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await open_socket(session, url, origin)


async def test_a_file_has_settings_of_the_router(tmp_path: Path) -> None:
    metrics = free_port()
    file = tmp_path / "router.yaml"
    file.write_text(
        f"""
        server: {{path: /api}}
        cors: {{origins: ["https://shop.example"]}}
        limits: {{max_depth: 3}}
        observability: {{metrics: {{enabled: true, port: {metrics}}}}}
        """
    )
    async with open_dev(tmp_path, "--config", str(file)) as (url, command), aiohttp.ClientSession() as session:
        assert url.endswith("/api")
        assert await preflight(session, url, ORIGINS[0]) == {}
        allowed = await preflight(session, url, "https://shop.example")
        assert allowed["access-control-allow-origin"] == "https://shop.example"
        assert "access-control-allow-credentials" not in allowed
        deep = {"query": "{ products { edges { node { name } } } }"}
        async with session.post(url, json=deep) as answer:
            assert (await answer.json())["errors"][0]["extensions"]["code"] == "OPERATION_LIMIT_EXCEEDED"
        async with session.get(f"http://127.0.0.1:{metrics}/metrics") as answer:
            assert "entrepot_router_errors_total" in await answer.text()
        assert f"Metrics are at http://127.0.0.1:{metrics}/metrics." in command.said


class TestSettings:
    def test_a_file_is_merged_key_by_key(self, tmp_path: Path) -> None:
        file = tmp_path / "router.yaml"
        file.write_text("explorer: {title: Mine}\ncors: {max_age: 5}\npersisted_documents: {paths: [documents]}\n")
        own = build_config("127.0.0.1", 4000, is_demo=True)
        config = apply_file(own, file, {})
        assert config.explorer.title == "Mine"
        assert config.explorer.default_tabs == own.explorer.default_tabs
        assert (config.cors.origins, config.cors.max_age) == (own.cors.origins, 5)
        assert config.persisted_documents.paths == (str(tmp_path / "documents"),)
        assert (config.identity, config.server) == (own.identity, own.server)

    @pytest.mark.parametrize("path", REFUSED)
    def test_what_dev_decides_itself_is_refused(self, path: tuple[str, ...], tmp_path: Path) -> None:
        values: Any = {
            "port": 4100, "json_logs": True, "access_log": True, "keep_alive": 5, "graceful_shutdown": 5,
            "drain_seconds": 1, "websocket_compression": True, "override_subgraph_urls": {"orders": "http://orders"},
            "identity": {"mode": "off"}, "issuers": [], "subgraphs": {}, "connect": 1, "reload": {"watch": False},
            "protocol": "sse",
        }.get(path[-1], "text")  # fmt: skip
        for key in reversed(path):
            values = {key: values}
        file = tmp_path / "router.yaml"
        file.write_text(json.dumps(values))
        with pytest.raises(ConfigurationInvalid) as refusal:
            apply_file(build_config("127.0.0.1", 4000, is_demo=False), file, {})
        name = ".".join(path)
        assert f"router.yaml:1:{json.dumps(values).index(json.dumps(path[-1])) + 1}: " in refusal.value.message
        assert f"`entrepot dev` does not take {name}: " in refusal.value.message

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "shop.example"])  # noqa: S104 - a name, not bound
    def test_no_page_may_call_what_others_can_reach(self, host: str) -> None:
        assert build_config(host, 4000, is_demo=False).cors == CorsConfig()

    def test_a_mistake_in_the_file_is_one_line(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "router.yaml"
        file.write_text("limits:\n  max_depht: 3\n")
        assert main(["dev", "--config", str(file), "--data", str(tmp_path / "data")]) == 1
        assert capsys.readouterr().err == (
            f"entrepot dev: CONFIGURATION_INVALID: {file}:2:3: limits.max_depht is unknown, did you mean max_depth?\n"
        )
        assert not (tmp_path / "data").exists()


async def test_only_loopback_names_reach_it(tmp_path: Path) -> None:
    """F11: a page whose name resolves to loopback (DNS rebinding) is of the same origin as the shop, but not served."""
    async with open_dev(tmp_path) as (url, _), aiohttp.ClientSession() as session:
        port = url.split(":")[2].split("/")[0]
        for name, is_served in (("localhost", True), ("127.0.0.1", True), ("rebind.evil.test", False)):
            headers = {"host": f"{name}:{port}", "origin": f"http://{name}:{port}"}
            async with session.post(url, json=QUERY, headers=headers) as answer:
                assert (answer.status == 200, answer.status == 421) == (is_served, not is_served)
            async with session.get(url, headers={**headers, "accept": "text/html"}) as page:
                assert (page.status == 200, page.status == 421) == (is_served, not is_served)
            if not is_served:
                with pytest.raises(aiohttp.WSServerHandshakeError):
                    await session.ws_connect(url, protocols=["graphql-transport-ws"], headers=headers)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])  # noqa: S104 - a name, not bound
def test_what_others_can_reach_has_any_name(host: str) -> None:
    assert build_config(host, 4000, is_demo=False).server.allowed_hosts == ()
    assert build_config("127.0.0.2", 4000, is_demo=False).server.allowed_hosts[-1] == "127.0.0.2"


async def test_a_taken_port_of_the_metrics(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    file = tmp_path / "router.yaml"
    file.write_text(f"observability: {{metrics: {{enabled: true, port: {port}}}}}\n")
    async with run_command("dev", "--port", "0", "--config", str(file), "--data", str(tmp_path / "data")) as command:
        assert await asyncio.wait_for(command.process.wait(), 60) == 1
    server.close()
    assert command.said.startswith(f"entrepot dev: ADDRESS_IN_USE: Port {port} of 127.0.0.1 is taken")
