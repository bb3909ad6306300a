"""Headers of subgraphs' answers to the client: by rule, in the order of the plan, never what is not theirs to say."""

import asyncio
from typing import Any, Literal

import pytest

from entrepot.router.app import build_router_app
from entrepot.router.config import HeaderRule, ResponseHeaderRule, RouterConfig
from entrepot.router.execution import FetchRecord
from entrepot.router.execution.transports.asgi import AsgiTransport
from entrepot.router.traffic import ResponseHeaderPropagation
from tests.support.asgi_client import AsgiClient
from tests.support.small_graph import SUPERGRAPH, SmallGraph

Algorithm = Literal["append", "first", "last"]


def record(
    fetch_id: int, subgraph: str, headers: dict[str, str] | None = None, cookies: tuple[str, ...] = ()
) -> FetchRecord:
    said = dict(headers or {}) | ({"set-cookie": ", ".join(cookies)} if cookies else {})
    return FetchRecord(fetch_id, subgraph, 0, 0.0, 200, 0, said, None, cookies)


def rule(*names: str, algorithm: Algorithm = "append", subgraphs: tuple[str, ...] = ()) -> HeaderRule:
    return HeaderRule(response=ResponseHeaderRule(propagate=names, algorithm=algorithm), subgraphs=subgraphs)


def collect(rules: list[HeaderRule], *records: FetchRecord) -> list[tuple[str, str]]:
    return [(name.decode(), value.decode()) for name, value in ResponseHeaderPropagation(rules).collect(records)]


class TestRules:
    @pytest.mark.parametrize(("algorithm", "value"), [("append", "1, 2, 3"), ("first", "1"), ("last", "3")])
    def test_several_answers_in_the_order_of_the_plan(self, algorithm: Algorithm, value: str) -> None:
        records = [record(number, "a", {"x-a": str(number)}) for number in (3, 1, 2)]
        assert collect([rule("x-a", algorithm=algorithm)], *records) == [("x-a", value)]

    @pytest.mark.parametrize("algorithm", ["append", "first", "last"])
    def test_each_cookie_is_a_field(self, algorithm: Algorithm) -> None:
        records = [record(2, "b", cookies=("c=3",)), record(1, "a", cookies=("a=1; Expires=Thu, 01 Jan", "b=2"))]
        assert collect([rule("Set-Cookie", algorithm=algorithm)], *records) == [
            ("set-cookie", "a=1; Expires=Thu, 01 Jan"),
            ("set-cookie", "b=2"),
            ("set-cookie", "c=3"),
        ]

    def test_rules_are_for_subgraphs_and_the_first_that_fits_holds(self) -> None:
        rules = [rule("x-*", algorithm="last", subgraphs=("a",)), rule("x-b")]
        records = [record(1, "a", {"x-a": "1", "x-b": "1"}), record(2, "b", {"x-a": "2", "x-b": "2"})]
        assert collect(rules, *records) == [("x-a", "1"), ("x-b", "1, 2")]

    def test_what_is_not_named_stays(self) -> None:
        assert collect([rule("x-a")], record(1, "a", {"x-b": "1"}, ("c=1",))) == []

    def test_some_are_never_passed_on(self) -> None:
        names = ["connection", "content-length", "content-type", "transfer-encoding", "access-control-allow-origin"]
        names += ["vary", "cache-control", "x-request-id", "content-encoding"]
        assert collect([rule("*", *names)], record(1, "a", dict.fromkeys(names, "x") | {"x-a": "1"})) == [("x-a", "1")]

    def test_a_value_that_would_break_the_head_is_dropped(self) -> None:
        forged = record(1, "a", {"x-a": "1\r\nx-forged: 1", "x-b": "2"}, ("c=1\nset-cookie: d=1",))
        assert collect([rule("*")], forged) == [("x-b", "2")]


class TestThroughTheRouter:
    def build(self, *rules: HeaderRule, delay: float = 0.0) -> AsgiClient:
        graph = SmallGraph()

        def add_headers(app: Any, name: str, seconds: float) -> Any:
            async def wrapped(scope: Any, receive: Any, send: Any) -> None:
                async def send_more(message: Any) -> None:
                    if message["type"] == "http.response.start":
                        await asyncio.sleep(seconds)
                        more = [(b"Set-Cookie", f"{name}=1".encode()), (b"Set-Cookie", b"both=1"), (b"X-From", b"x")]
                        message = {**message, "headers": [*message["headers"], *more]}
                    await send(message)

                await app(scope, receive, send_more)

            return wrapped

        apps = {
            "people": add_headers(graph.apps["people"], "people", delay),
            "notes": add_headers(graph.apps["notes"], "notes", 0.0),
        }
        return AsgiClient(build_router_app(RouterConfig(headers=rules), SUPERGRAPH, transport=AsgiTransport(apps)))

    async def raw_headers(self, client: AsgiClient, query: str) -> list[tuple[str, str]]:
        exchange = client.open(
            "POST", "/graphql", {"content-type": "application/json"}, b'{"query":"%b"}' % query.encode()
        )
        await exchange.run()
        return [(name.decode(), value.decode()) for name, value in exchange.messages[0]["headers"]]

    async def test_cookies_and_headers_come_in_the_order_of_the_plan(self) -> None:
        async def cookies(delay: float) -> list[str]:
            client = self.build(rule("set-cookie", "x-from"), delay=delay)
            headers = await self.raw_headers(client, "{ broken me { name } }")
            assert ("x-from", "x, x") in headers
            return [value for name, value in headers if name == "set-cookie"]

        assert sorted(await cookies(0)) == ["both=1", "both=1", "notes=1", "people=1"]
        assert await cookies(0) == await cookies(0.05)

    async def test_nothing_without_a_rule(self) -> None:
        names = [name for name, _ in await self.raw_headers(self.build(), "{ me { name } }")]
        assert "set-cookie" not in names
        assert "x-from" not in names
