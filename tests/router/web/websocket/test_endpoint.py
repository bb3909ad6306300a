"""graphql-transport-ws with a real client over a real connection."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from entrepot.router.app import RouterApp
from entrepot.router.config import CorsConfig, LimitsConfig, RouterConfig
from entrepot.shared.auth import Denylist
from entrepot.shared.caching import MemoryCache
from tests.support.asgi_client import serve
from tests.support.clock import ManualClock
from tests.support.small_graph import SmallGraph
from tests.support.tokens import build_token, build_verifier

BuildApp = Callable[..., RouterApp]
SUBPROTOCOL = "graphql-transport-ws"


class Client:
    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, message: Any) -> None:
        await self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def receive(self) -> Any:
        return json.loads(await asyncio.wait_for(self.connection.recv(), 5))

    async def init(self, payload: Any = None) -> None:
        await self.send(
            {"type": "connection_init"} if payload is None else {"type": "connection_init", "payload": payload}
        )
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(self, identity: str, query: str, **payload: Any) -> None:
        await self.send({"type": "subscribe", "id": identity, "payload": {"query": query, **payload}})

    async def closed(self) -> tuple[int, str]:
        async with asyncio.timeout(5):
            await self.connection.wait_closed()
        with pytest.raises(ConnectionClosed) as caught:
            await self._drain()
        frame = caught.value.rcvd
        assert frame is not None
        return frame.code, frame.reason

    async def _drain(self) -> None:
        while True:
            await self.connection.recv()


@asynccontextmanager
async def open_client(app: RouterApp, **options: Any) -> AsyncIterator[Client]:
    async with (
        serve(app) as address,
        connect(f"ws://{address}/graphql", **{"subprotocols": [SUBPROTOCOL], **options}) as connection,
    ):
        yield Client(connection)


@pytest.fixture
async def socket(build_app: BuildApp) -> AsyncIterator[Client]:
    async with open_client(build_app()) as client:
        yield client


class TestOperations:
    async def test_a_subscription_streams_and_completes(self, socket: Client) -> None:
        await socket.init()
        await socket.subscribe("a", "subscription($n: Int!) { ticks(count: $n) { number } }", variables={"n": 2})
        assert [await socket.receive() for _ in range(3)] == [
            {"id": "a", "type": "next", "payload": {"data": {"ticks": {"number": 0}}}},
            {"id": "a", "type": "next", "payload": {"data": {"ticks": {"number": 1}}}},
            {"id": "a", "type": "complete"},
        ]

    async def test_events_are_completed_from_other_subgraphs(self, socket: Client) -> None:
        await socket.init()
        await socket.subscribe("a", "subscription { renamed { name notes { text } } }")
        expected = {"renamed": {"name": "Grace", "notes": [{"text": "note of 2"}]}}
        assert (await socket.receive())["payload"] == {"data": expected}

    @pytest.mark.parametrize(
        ("query", "data"),
        [
            ("{ me { name } }", {"me": {"name": "Ada"}}),
            ('mutation { rename(id: "1", name: "X") { name } }', {"rename": {"name": "X"}}),
        ],
    )
    async def test_queries_and_mutations_work_too(self, socket: Client, query: str, data: object) -> None:
        await socket.init()
        await socket.subscribe("q", query)
        assert await socket.receive() == {"id": "q", "type": "next", "payload": {"data": data}}
        assert await socket.receive() == {"id": "q", "type": "complete"}

    @pytest.mark.parametrize(
        ("query", "code"),
        [("{", "GRAPHQL_PARSE_FAILED"), ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"), ("", "GRAPHQL_PARSE_FAILED")],
    )
    async def test_a_refused_operation_is_an_error_and_the_connection_lives(
        self, socket: Client, query: str, code: str
    ) -> None:
        await socket.init()
        await socket.subscribe("e", query)
        message = await socket.receive()
        assert (message["type"], message["id"]) == ("error", "e")
        assert message["payload"][0]["extensions"]["code"] == code
        await socket.subscribe("e", "{ __typename }")
        assert (await socket.receive())["type"] == "next"

    async def test_operations_run_side_by_side(self, socket: Client, graph: SmallGraph) -> None:
        await socket.init()
        await socket.subscribe("slow", "{ slow }")
        await asyncio.wait_for(graph.slow_started.wait(), 5)
        await socket.subscribe("fast", "{ me { name } }")
        assert (await socket.receive())["id"] == "fast"

    async def test_complete_ends_the_work_and_frees_the_id(self, socket: Client, graph: SmallGraph) -> None:
        await socket.init()
        await socket.subscribe("s", "{ slow }")
        await asyncio.wait_for(graph.slow_started.wait(), 5)
        await socket.send({"type": "complete", "id": "s"})
        await socket.subscribe("s", "{ __typename }")
        assert (await socket.receive())["payload"] == {"data": {"__typename": "Query"}}
        assert graph.cancelled == 1

    async def test_leaving_ends_all_work(self, build_app: BuildApp, graph: SmallGraph) -> None:
        async with open_client(build_app()) as client:
            await client.init()
            await client.subscribe("s", "{ slow }")
            await asyncio.wait_for(graph.slow_started.wait(), 5)
        assert graph.cancelled == 1

    async def test_no_more_operations_than_configured(self, build_app: BuildApp) -> None:
        config = RouterConfig(limits=LimitsConfig(max_websocket_operations=1))
        async with open_client(build_app(config)) as client:
            await client.init()
            await client.subscribe("1", "subscription { forever { number } }")
            assert (await client.receive())["type"] == "next"
            await client.subscribe("2", "{ __typename }")
            message = await client.receive()
            assert (message["id"], message["payload"][0]["extensions"]["code"]) == ("2", "OPERATION_LIMIT_EXCEEDED")


class TestPing:
    async def test_a_ping_is_answered_with_its_payload_before_and_after_init(self, socket: Client) -> None:
        await socket.send({"type": "ping", "payload": {"a": 1}})
        assert await socket.receive() == {"type": "pong", "payload": {"a": 1}}
        await socket.init()
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}

    async def test_a_pong_and_a_late_complete_are_passed_over(self, socket: Client) -> None:
        await socket.init()
        await socket.send({"type": "pong"})
        await socket.send({"type": "complete", "id": "unknown"})
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}


class TestCloseCodes:
    @pytest.mark.parametrize(
        "message",
        [
            "nonsense",
            b"{}",
            [],
            {},
            {"type": "unknown"},
            {"type": 1},
            {"type": "subscribe"},
            {"type": "subscribe", "id": ""},
            {"type": "subscribe", "id": 1, "payload": {"query": "{ a }"}},
            {"type": "subscribe", "id": "1"},
            {"type": "subscribe", "id": "1", "payload": {}},
            {"type": "subscribe", "id": "1", "payload": {"query": 1}},
            {"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": []}},
            {"type": "complete"},
            {"type": "ping", "payload": "text"},
        ],
    )
    async def test_4400_for_what_is_no_message(self, socket: Client, message: Any) -> None:
        await socket.init()
        await socket.send(message)
        assert (await socket.closed())[0] == 4400

    async def test_4400_for_an_init_payload_of_a_wrong_type(self, socket: Client) -> None:
        await socket.send({"type": "connection_init", "payload": "token"})
        assert (await socket.closed())[0] == 4400

    async def test_4401_for_a_subscription_before_the_acknowledgement(self, socket: Client) -> None:
        await socket.subscribe("1", "{ __typename }")
        assert await socket.closed() == (4401, "Unauthorized")

    @pytest.mark.parametrize("subprotocols", [None, ["graphql-ws"]])
    async def test_4406_for_another_subprotocol(self, build_app: BuildApp, subprotocols: Any) -> None:
        async with open_client(build_app(), subprotocols=subprotocols) as client:
            assert (await client.closed())[0] == 4406

    async def test_4408_without_init_in_time(self, socket: Client, clock: ManualClock) -> None:
        await socket.send({"type": "ping"})
        await socket.receive()
        clock.advance(9.9)
        await socket.send({"type": "ping"})
        await socket.receive()
        clock.advance(0.2)
        assert await socket.closed() == (4408, "Connection initialisation timeout")

    async def test_no_4408_after_init(self, socket: Client, clock: ManualClock) -> None:
        await socket.init()
        clock.advance(60)
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}

    async def test_4409_for_an_id_in_use(self, socket: Client) -> None:
        await socket.init()
        await socket.subscribe("1", "subscription { forever { number } }")
        await socket.subscribe("1", "{ __typename }")
        assert await socket.closed() == (4409, "Subscriber for 1 already exists")

    async def test_4429_for_a_second_init(self, socket: Client) -> None:
        await socket.init()
        await socket.send({"type": "connection_init"})
        assert await socket.closed() == (4429, "Too many initialisation requests")

    async def test_1009_for_a_message_over_the_limit(self, build_app: BuildApp) -> None:
        async with open_client(build_app(RouterConfig(limits=LimitsConfig(max_websocket_message_bytes=100)))) as client:
            await client.init()
            await client.send(json.dumps({"type": "ping", "payload": {"a": "x" * 100}}))
            assert (await client.closed())[0] == 1009


class TestIdentity:
    @pytest.mark.parametrize(
        "payload",
        [
            lambda token: {"Authorization": f"Bearer {token}"},
            lambda token: {"authorization": token},
            lambda token: {"headers": {"Authorization": f"Bearer {token}"}},
        ],
    )
    async def test_the_token_comes_with_init(
        self, socket: Client, clock: ManualClock, payload: Callable[[str], Any]
    ) -> None:
        await socket.init(payload(build_token(clock)))
        await socket.subscribe("1", "{ secret }")
        assert (await socket.receive())["payload"] == {"data": {"secret": "the cake"}}

    async def test_or_with_the_handshake(self, build_app: BuildApp, clock: ManualClock) -> None:
        headers = {"Authorization": f"Bearer {build_token(clock)}"}
        async with open_client(build_app(), additional_headers=headers) as client:
            await client.init()
            await client.subscribe("1", "{ secret }")
            assert (await client.receive())["payload"] == {"data": {"secret": "the cake"}}

    async def test_4403_for_a_bad_token(self, socket: Client, clock: ManualClock) -> None:
        token = build_token(clock, seconds=-60)
        await socket.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
        code, reason = await socket.closed()
        assert (code, reason) == (4403, "Forbidden: The access token has expired. Refresh it or log in again.")

    async def test_4400_for_a_token_that_is_no_text(self, socket: Client) -> None:
        await socket.send({"type": "connection_init", "payload": {"Authorization": 1}})
        assert (await socket.closed())[0] == 4400

    async def test_4403_when_the_token_expires_on_the_way(self, socket: Client, clock: ManualClock) -> None:
        await socket.init({"Authorization": build_token(clock, seconds=20)})
        await socket.subscribe("1", "subscription { forever { number } }")
        assert (await socket.receive())["type"] == "next"
        clock.advance(19)
        await socket.send({"type": "ping"})
        assert (await socket.receive())["type"] == "pong"
        clock.advance(1)
        code, reason = await socket.closed()
        assert code == 4403
        assert "expired" in reason

    async def test_4403_when_the_token_is_revoked_on_the_way(self, build_app: BuildApp, clock: ManualClock) -> None:
        denylist = Denylist(MemoryCache(clock), clock)
        verifier = build_verifier(clock, denylist=denylist)
        async with open_client(build_app(verifier=verifier)) as client:
            await client.init({"Authorization": build_token(clock, jti="t9")})
            await denylist.revoke("t9", clock.now().replace(hour=13))
            clock.advance(31)
            code, reason = await client.closed()
            assert code == 4403
            assert "revoked" in reason


class TestOrigin:
    async def test_a_page_of_another_origin_may_not_connect(self, build_app: BuildApp) -> None:
        app = build_app()
        with pytest.raises(InvalidStatus) as caught:
            async with open_client(app, origin="https://evil.test"):
                pass
        assert caught.value.response.status_code == 403
        assert app.security.counts == {("origin_refused", "ORIGIN_REFUSED"): 1}

    async def test_a_configured_one_may(self, build_app: BuildApp) -> None:
        config = RouterConfig(cors=CorsConfig(origins=("https://shop.test",)))
        async with open_client(build_app(config), origin="https://shop.test") as client:
            await client.init()

    async def test_another_path_is_refused(self, build_app: BuildApp) -> None:
        async with serve(build_app()) as address:
            with pytest.raises(InvalidStatus):
                async with connect(f"ws://{address}/other"):
                    pass
