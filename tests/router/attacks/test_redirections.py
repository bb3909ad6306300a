"""F3: a server that answers with a redirection never chooses where the router's requests and credentials go."""

import ast
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, web
from aiohttp.test_utils import TestServer

from entrepot.router.errors import SubgraphUnavailable
from entrepot.router.execution import HttpTransport, SubgraphRequest, SubscriptionEndpoint
from entrepot.router.pipeline.authentication.jwks import fetch_over_http

ROUTER = Path(__file__).parents[3] / "router"
STATUSES = [300, 301, 302, 303, 307, 308]


class Redirector:
    """Two servers: one redirects every request to the other, which notes what reaches it."""

    def __init__(self) -> None:
        self.status = 302
        self.url = ""
        self.location = ""
        self.asked: list[str] = []
        self.reached: list[str] = []

    async def redirect(self, request: web.Request) -> web.Response:
        self.asked.append(request.method)
        return web.Response(status=self.status, headers={"location": self.location})

    async def answer(self, request: web.Request) -> web.Response:
        self.reached.append(f"{request.method} {request.path_qs}")
        return web.json_response({"keys": [], "data": {}})


@pytest.fixture
async def redirector() -> AsyncIterator[Redirector]:
    found = Redirector()
    here, target = web.Application(), web.Application()
    here.router.add_route("*", "/{path:.*}", found.redirect)
    target.router.add_route("*", "/{path:.*}", found.answer)
    async with TestServer(here, host="127.0.0.1") as first, TestServer(target, host="127.0.0.1") as second:
        found.url = str(first.make_url("/graphql"))
        found.location = str(second.make_url("/latest/meta-data?x=1"))
        yield found


@pytest.fixture(params=STATUSES)
def status(request: pytest.FixtureRequest, redirector: Redirector) -> int:
    redirector.status = request.param
    return redirector.status


def request_to(redirector: Redirector) -> SubgraphRequest:
    return SubgraphRequest("evil", redirector.url, b'{"query":"{ a }"}', {"entrepot-identity": "signed"})


async def test_of_a_post(redirector: Redirector, status: int) -> None:
    async with HttpTransport() as transport:
        assert (await transport.send(request_to(redirector))).status == status
    assert (redirector.asked, redirector.reached) == (["POST"], [])


@pytest.mark.parametrize("protocol", ["graphql-transport-ws", "sse"])
async def test_of_a_subscription(redirector: Redirector, status: int, protocol: Any) -> None:
    async with HttpTransport(default_subscription=SubscriptionEndpoint(protocol=protocol)) as transport:
        with pytest.raises(SubgraphUnavailable) as caught:
            async with aclosing(transport.stream(request_to(redirector))) as events:
                await anext(events)
    expected = f"answered with HTTP status {status}" if protocol == "sse" else "did not open a subscription socket"
    assert expected in caught.value.message
    assert len(redirector.asked) == 1
    assert redirector.reached == []


async def test_of_a_key_set(redirector: Redirector, status: int) -> None:
    with pytest.raises(ClientError, match=f"HTTP status {status}, and redirections are not followed"):
        await fetch_over_http(redirector.url, 5)()
    assert (redirector.asked, redirector.reached) == (["GET"], [])


def test_no_other_client_is_used_in_the_router() -> None:
    """Every session comes from `open_session`; nothing uses another HTTP client that follows redirections."""
    found = []
    for path in sorted(ROUTER.rglob("*.py")):
        if "node_modules" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
                if isinstance(node, ast.Import | ast.ImportFrom)
                else []
            )
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            is_client = called in ("aiohttp.ClientSession", "aiohttp.request", "ClientSession")
            if is_client or {"urllib.request", "http.client", "requests", "httpx"} & set(names):
                found.append(f"{path.relative_to(ROUTER)}:{node.lineno}")
    allowed = "execution/transports/redirections.py"
    assert [place for place in found if not place.startswith(allowed)] == []
    assert any(place.startswith(allowed) for place in found)
