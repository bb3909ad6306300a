"""The composition root: what it wires from a configuration, and the whole router as a process over real subgraphs."""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from entrepot.router.__main__ import apply_options
from entrepot.router.app import build_router_app, run_router
from entrepot.router.config import (
    AuthenticationConfig,
    IdentityConfig,
    IssuerConfig,
    RouterConfig,
    TimeoutsConfig,
    parse_config,
)
from entrepot.router.errors import ConfigurationInvalid, SupergraphInvalid
from entrepot.router.execution.transports.asgi import AsgiTransport
from entrepot.shared.auth import IDENTITY_HEADER
from entrepot.shared.clock import SystemClock
from tests.support.asgi_client import AsgiClient, serve
from tests.support.small_graph import SUPERGRAPH, SmallGraph
from tests.support.tokens import AUDIENCE, ISSUER, bearer, key_set


def write_key(path: Path, key: Any) -> str:
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(path)


def issuer(**options: Any) -> IssuerConfig:
    return IssuerConfig(**{"issuer": ISSUER, "audience": AUDIENCE, **options})


class TestBuild:
    async def test_keys_and_identity_come_from_files(self, tmp_path: Path) -> None:
        jwks = tmp_path / "jwks.json"
        jwks.write_text(json.dumps(key_set("k1")))
        config = RouterConfig(
            authentication=AuthenticationConfig(issuers=(issuer(jwks_file=str(jwks)),)),
            identity=IdentityConfig(
                mode="internal", key_file=write_key(tmp_path / "id.pem", ed25519.Ed25519PrivateKey.generate())
            ),
        )
        graph = SmallGraph()
        client = AsgiClient(build_router_app(config, SUPERGRAPH, transport=AsgiTransport(graph.apps)))
        answer = await client.query("{ secret }", headers=bearer(SystemClock()))
        assert answer.json == {"data": {"secret": "the cake"}}
        assert IDENTITY_HEADER in graph.requests[0][2]
        assert (await client.query("{ secret }", headers={"authorization": "Bearer x"})).status == 401

    @pytest.mark.parametrize(
        ("authentication", "message"),
        [
            (AuthenticationConfig(required=True), "issuers must name one"),
            (AuthenticationConfig(issuers=(issuer(),)), "either jwks_url or jwks_file"),
            (AuthenticationConfig(issuers=(issuer(jwks_file="/nowhere"),)), "cannot be read"),
            (AuthenticationConfig(issuers=(issuer(jwks_url="https://a", algorithms=("HS256",)),)), "algorithms only"),
            (AuthenticationConfig(issuers=(issuer(jwks_url="https://a", algorithms=("none",)),)), "algorithms only"),
        ],
    )
    def test_authentication_that_cannot_work_is_refused(
        self, authentication: AuthenticationConfig, message: str
    ) -> None:
        with pytest.raises(ConfigurationInvalid, match=message):
            build_router_app(RouterConfig(authentication=authentication), SUPERGRAPH)

    def test_an_identity_key_of_another_kind_is_refused(self, tmp_path: Path) -> None:
        path = write_key(tmp_path / "rsa.pem", rsa.generate_private_key(public_exponent=65537, key_size=2048))
        with pytest.raises(ConfigurationInvalid, match="not an Ed25519 key"):
            build_router_app(RouterConfig(identity=IdentityConfig(mode="internal", key_file=path)), SUPERGRAPH)

    def test_a_supergraph_that_is_none_is_refused(self) -> None:
        with pytest.raises(SupergraphInvalid):
            build_router_app(RouterConfig(), "type Query { a: Int }")

    async def test_a_reload_serves_the_new_graph_or_keeps_the_old(self) -> None:
        app = build_router_app(RouterConfig(), SUPERGRAPH, transport=AsgiTransport(SmallGraph().apps))
        client = AsgiClient(app)
        assert (await client.query("{ me { name } }")).status == 200
        with pytest.raises(SupergraphInvalid):
            await app.reload("nonsense")
        assert "errors" not in (await client.query("{ me { name } }")).json
        await app.reload(SUPERGRAPH.replace("name: String!", "title: String!"))
        assert (await client.query("{ me { name } }")).codes == ["GRAPHQL_VALIDATION_FAILED"]

    async def test_a_reload_does_not_touch_what_is_under_way(self) -> None:
        graph = SmallGraph()
        app = build_router_app(
            RouterConfig(timeouts=TimeoutsConfig(request=0.2)), SUPERGRAPH, transport=AsgiTransport(graph.apps)
        )
        task = asyncio.create_task(AsgiClient(app).query("{ slow me { name } }"))
        await asyncio.wait_for(graph.slow_started.wait(), 5)
        await app.reload(SUPERGRAPH)
        assert (await task).codes == ["REQUEST_TIMED_OUT"]


class TestOptions:
    def test_the_command_line_goes_before_the_file(self) -> None:
        config = parse_config("supergraph: a.graphql\nserver: {port: 1, host: h}", {})
        changed = apply_options(config, "b.graphql", None, 0)
        assert (changed.supergraph, changed.server.host, changed.server.port) == ("b.graphql", "h", 0)

    def test_without_a_supergraph_nothing_starts(self) -> None:
        with pytest.raises(ConfigurationInvalid, match="--supergraph"):
            run_router(RouterConfig())


@asynccontextmanager
async def run_process(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "router", *arguments, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


class TestProcess:
    @pytest.fixture
    def port(self) -> int:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port: int = listener.getsockname()[1]
            return port

    async def _wait_until_live(self, session: aiohttp.ClientSession, base: str) -> None:
        async with asyncio.timeout(20):
            while True:
                try:
                    async with session.get(f"{base}/health/live") as answer:
                        assert answer.status == 200
                        return
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)

    async def test_it_serves_a_file_over_subgraphs_by_http(self, tmp_path: Path, port: int) -> None:
        graph = SmallGraph()
        async with AsyncExitStack() as opened:
            addresses = {
                name: await opened.enter_async_context(serve(_ignore_lifespan(app))) for name, app in graph.apps.items()
            }
            (tmp_path / "supergraph.graphql").write_text(SUPERGRAPH)
            urls = "".join(f"  {name}: http://{address}/graphql\n" for name, address in addresses.items())
            config = tmp_path / "router.yaml"
            config.write_text(
                f"supergraph: supergraph.graphql\nsubscriptions: {{protocol: sse}}\noverride_subgraph_urls:\n{urls}"
            )
            process = await opened.enter_async_context(run_process("--config", str(config), "--port", str(port)))
            session = await opened.enter_async_context(aiohttp.ClientSession())
            base = f"http://127.0.0.1:{port}"
            await self._wait_until_live(session, base)

            async with session.post(f"{base}/graphql", json={"query": "{ me { name notes { text } } }"}) as answer:
                assert await answer.json() == {"data": {"me": {"name": "Ada", "notes": [{"text": "note of 1"}]}}}
            async with session.ws_connect(f"{base}/graphql", protocols=["graphql-transport-ws"]) as connection:
                await connection.send_json({"type": "connection_init"})
                assert await connection.receive_json() == {"type": "connection_ack"}
                query = "subscription { renamed { name notes { text } } }"
                await connection.send_json({"type": "subscribe", "id": "1", "payload": {"query": query}})
                event = await asyncio.wait_for(connection.receive_json(), 5)
                assert event["payload"] == {"data": {"renamed": {"name": "Grace", "notes": [{"text": "note of 2"}]}}}

            process.terminate()
            assert await asyncio.wait_for(process.wait(), 10) in (0, -15)

    @pytest.mark.parametrize(
        ("content", "message"),
        [("supergraph: none.graphql", "none.graphql cannot be read"), ("suprgraph: a", "did you mean supergraph?")],
    )
    async def test_a_mistake_is_told_and_exits_with_1(self, tmp_path: Path, content: str, message: str) -> None:
        config = tmp_path / "router.yaml"
        config.write_text(content)
        async with run_process("--config", str(config)) as process:
            _, errors = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 1
        assert message in errors.decode()
        assert b"Traceback" not in errors


def _ignore_lifespan(app: Any) -> Any:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await app(scope, receive, send)
            return
        for kind in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{kind}.complete"})

    return wrapped
