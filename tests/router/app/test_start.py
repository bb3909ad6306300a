"""What a router says when it starts, and why it does not."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from entrepot.router.app import build_router_app
from entrepot.router.app.listening import listen, port_of
from entrepot.router.config import (
    AuthenticationConfig,
    IssuerConfig,
    ObservabilityConfig,
    RouterConfig,
    SubgraphSubscriptionConfig,
    SubscriptionsConfig,
    TracingConfig,
)
from entrepot.router.errors import CannotListen, ConfigurationInvalid
from tests.support.broadcasting import build_supergraph
from tests.support.router_process import run_router_process
from tests.support.servers import free_port


async def run_router(folder: Path, *words: str) -> tuple[int, str]:
    """The exit status and standard error of a router that ends by itself."""
    (folder / "supergraph.graphql").write_text(build_supergraph("http://shop.example/graphql"))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "entrepot",
        "router",
        "--supergraph",
        str(folder / "supergraph.graphql"),
        *words,
        stderr=asyncio.subprocess.PIPE,
    )
    _, complaints = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, complaints.decode()


class TestPorts:
    async def test_a_taken_port_is_one_line(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            code, said = await run_router(tmp_path, "--port", str(port))
        assert code == 1
        assert said == (
            f"entrepot router: ADDRESS_IN_USE: Port {port} of 127.0.0.1 is taken: end what listens there, or set "
            "server.port or --port to another one.\n"
        )

    async def test_an_address_of_another_machine(self, tmp_path: Path) -> None:
        code, said = await run_router(tmp_path, "--host", "192.0.2.1", "--port", "0")
        assert code == 1
        assert "ADDRESS_IN_USE: 192.0.2.1 is no address of this machine" in said

    @pytest.mark.parametrize("port", [-1, 65_536, 99_999])
    async def test_no_port_at_all(self, port: int, tmp_path: Path) -> None:
        config = tmp_path / "router.yaml"
        config.write_text(f"server:\n  port: {port}\n")
        code, said = await run_router(tmp_path, "--config", str(config))
        assert code == 1
        assert f"CONFIGURATION_INVALID: {config}:2:3: server.port: expected a whole number" in said

    def test_every_address_of_a_name_has_the_same_port(self) -> None:
        listeners = listen("localhost", 0, "")
        try:
            assert len({port_of(listener) for listener in listeners}) == 1
            addresses = {info[4][0] for info in socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)}
            assert {listener.getsockname()[0] for listener in listeners} <= addresses
        finally:
            for listener in listeners:
                listener.close()

    def test_what_was_opened_before_a_failure_is_closed(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(CannotListen):
                listen("localhost", port, "")
        for listener in (again := listen("localhost", port, "")):
            listener.close()
        assert again


class TestGreeting:
    async def test_one_line_of_the_log(self, tmp_path: Path) -> None:
        metrics = free_port()
        observability = {"metrics": {"enabled": True, "port": metrics}}
        async with run_router_process(tmp_path, observability=observability) as router:
            await router.wait_for("router.ready")
            (ready,) = (entry for entry in router.log if entry["event"] == "router.ready")
            assert ready["url"] == f"{router.base}/graphql"
            assert ready["explorer"] is True
            assert ready["supergraph"] == str(tmp_path / "supergraph.graphql")
            assert list(ready["subgraphs"].values()) == [router.subgraph_url]
            assert ready["metrics"] == f"http://127.0.0.1:{metrics}/metrics"
            # Nothing of the server's own lines, which were there twice.
            assert [entry for entry in router.log if entry.get("logger") == "uvicorn.error"] == []

    async def test_lines_on_a_terminal(self, tmp_path: Path) -> None:
        supergraph = tmp_path / "supergraph.graphql"
        supergraph.write_text(build_supergraph("http://shop.example/graphql"))
        port = free_port()
        main, terminal = pty.openpty()
        words = ("router", "--supergraph", str(supergraph), "--port", str(port))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "entrepot", *words, stdout=terminal, stderr=asyncio.subprocess.DEVNULL
        )
        os.close(terminal)
        said = b""
        async with asyncio.timeout(60):
            while b"Ctrl+C" not in said:
                said += await asyncio.to_thread(os.read, main, 4096)
        process.send_signal(signal.SIGINT)
        await process.wait()
        os.close(main)
        lines = said.decode().split("\r\n")
        assert f"The router answers at http://127.0.0.1:{port}/graphql (a browser shows the explorer)." in lines
        assert f"Supergraph: {supergraph}" in lines
        assert any(line.startswith("  ") and line.endswith("  http://shop.example/graphql") for line in lines)


class TestUrls:
    """faults/router/10: an address that no request can be sent to is refused before the router serves."""

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("", "has no URL. Compose with the routing_url"),
            ("shop/graphql", "must begin with http:// or https://"),
            ("ftp://shop.example", "must begin with http:// or https://"),
            ("unix:/run/shop.sock", "must begin with http:// or https://"),
            ("http://", "names no host"),
            ("http://:4001/graphql", "names no host"),
            ("http://shop:99999/graphql", "is not a URL: Port out of range"),
            ("http://shop:x/graphql", "is not a URL: Port could not be cast"),
            ("http://shop:0/graphql", "has port 0"),
            ("http://user:secret@shop/graphql", "has a user in it"),
            ("http://user@shop/graphql", "has a user in it"),
            ("ws://shop/graphql", "must begin with http:// or https://"),
            ("//shop/graphql", "must begin with http:// or https://"),
            ("http://[::1/graphql", "is not a URL"),
            ("http://sh op/graphql", "has a space in it"),
            ("http://shop/a b", "has a space in it"),
            ("http://shop/caf\u00e9", "has characters that must be escaped"),
            ("http://shop..test/graphql", "has a host name that cannot be resolved"),
        ],
    )
    def test_a_subgraph_that_no_request_can_be_sent_to(self, url: str, said: str) -> None:
        with pytest.raises(ConfigurationInvalid) as refusal:
            build_router_app(RouterConfig(), build_supergraph(url))
        assert said in refusal.value.message
        assert "_URL in the environment" in refusal.value.message
        assert "secret" not in refusal.value.message

    @pytest.mark.parametrize(
        "url", ["http://shop", "HTTP://SHOP:4001/g", "https://[::1]:4001/g?a=%20b#c", "http://shop/%C3%A9/../x;y=1"]
    )
    def test_one_that_requests_can_be_sent_to(self, url: str) -> None:
        assert list(build_router_app(RouterConfig(), build_supergraph(url)).snapshot.urls.values()) == [url]

    @pytest.mark.parametrize("url", ["accounts:4001/jwks", "ftp://accounts/jwks", "http://", "http://a:99999/jwks"])
    def test_where_keys_and_traces_are(self, url: str) -> None:
        issuer = IssuerConfig(issuer="https://accounts.test", audience="shop", jwks_url=url)
        for config in (
            RouterConfig(authentication=AuthenticationConfig(issuers=(issuer,))),
            RouterConfig(observability=ObservabilityConfig(tracing=TracingConfig(enabled=True, endpoint=url))),
        ):
            with pytest.raises(ConfigurationInvalid, match=re.escape(url)):
                build_router_app(config, build_supergraph("http://shop"))

    def test_another_url_takes_its_place(self) -> None:
        name = next(iter(build_router_app(RouterConfig(), build_supergraph("http://shop")).snapshot.urls))
        variable = f"ENTREPOT_SUBGRAPH_{name.upper()}_URL"
        app = build_router_app(RouterConfig(), build_supergraph(""), environ={variable: "http://other/graphql"})
        assert app.snapshot.urls == {name: "http://other/graphql"}
        build_router_app(RouterConfig(override_subgraph_urls={name: "https://other"}), build_supergraph(""))
        with pytest.raises(ConfigurationInvalid, match="must begin with"):
            build_router_app(RouterConfig(override_subgraph_urls={name: "other"}), build_supergraph("http://shop"))

    def test_where_subscriptions_are_opened(self) -> None:
        def build(url: str) -> None:
            subscriptions = SubscriptionsConfig(subgraphs={"shop": SubgraphSubscriptionConfig(url=url)})
            build_router_app(RouterConfig(subscriptions=subscriptions), build_supergraph("http://shop"))

        build("wss://shop/streams")
        with pytest.raises(ConfigurationInvalid, match=r"subscriptions\.subgraphs\.shop\.url 'shop' must begin with"):
            build("shop")

    async def test_a_reload_that_has_none_is_refused(self, tmp_path: Path) -> None:
        async with run_router_process(tmp_path) as router:
            await router.wait_for("router.ready")
            (tmp_path / "supergraph.graphql").write_text(build_supergraph("", 1))
            await router.wait_for("reload.failed")
            failed: dict[str, Any] = next(entry for entry in router.log if entry["event"] == "reload.failed")
            assert "has no URL" in json.dumps(failed)
            assert await router.query("{ answer }") == {"data": {"answer": 42}}
