"""Health, CORS and what else stands around the endpoint."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from entrepot.router.app import RouterApp
from entrepot.router.config import CorsConfig, RouterConfig
from tests.support.asgi_client import AsgiClient

PREFLIGHT = {
    "origin": "https://shop.test",
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type,authorization",
}


class TestHealth:
    async def test_live(self, client: AsgiClient) -> None:
        answer = await client.send("GET", "/health/live")
        assert (answer.status, answer.json) == (200, {"status": "live"})

    async def test_ready_when_all_checks_hold(self, build_client: Callable[..., AsgiClient]) -> None:
        async def hold() -> None:
            await asyncio.sleep(0)

        answer = await build_client(readiness_checks={"orders": hold, "carts": hold}).send("GET", "/health/ready")
        assert answer.status == 200
        assert answer.json == {"status": "ready", "checks": {"orders": "ok", "carts": "ok"}}

    async def test_not_ready_when_one_does_not_and_why_is_not_told(
        self, build_client: Callable[..., AsgiClient]
    ) -> None:
        async def hold() -> None: ...

        async def fail() -> None:
            raise ConnectionError("password of the database")

        answer = await build_client(readiness_checks={"orders": fail, "carts": hold}).send("GET", "/health/ready")
        assert answer.status == 503
        assert answer.json == {"status": "not ready", "checks": {"orders": "failed", "carts": "ok"}}

    async def test_another_path_is_404(self, client: AsgiClient) -> None:
        assert (await client.send("GET", "/health")).status == 404


class TestCors:
    @pytest.fixture
    def build(self, build_client: Callable[..., AsgiClient]) -> Callable[..., AsgiClient]:
        return lambda **options: build_client(RouterConfig(cors=CorsConfig(**options)))

    async def test_a_preflight_of_a_configured_origin(self, build: Callable[..., AsgiClient]) -> None:
        answer = await build(origins=("https://shop.test",)).send("OPTIONS", "/graphql", PREFLIGHT)
        assert answer.status == 204
        assert answer.headers["access-control-allow-origin"] == "https://shop.test"
        assert answer.headers["access-control-allow-headers"] == "content-type,authorization"
        assert answer.headers["access-control-allow-methods"] == "GET, POST"
        assert answer.headers["access-control-max-age"] == "600"

    async def test_a_preflight_of_another_origin_allows_nothing(self, build: Callable[..., AsgiClient]) -> None:
        answer = await build(origins=("https://other.test",)).send("OPTIONS", "/graphql", PREFLIGHT)
        assert answer.headers == {"vary": "origin"}

    @pytest.mark.parametrize(
        ("options", "allowed"),
        [
            ({"origins": ("*",)}, "*"),
            ({"origins": ("https://shop.test",), "allow_credentials": True}, "https://shop.test"),
            ({"origins": ("https://shop.test",)}, "https://shop.test"),
            ({"origins": ("https://shop.test.evil",)}, None),
            ({}, None),
        ],
    )
    async def test_answers_and_errors_alike_may_be_read(
        self, build: Callable[..., AsgiClient], options: dict[str, Any], allowed: str | None
    ) -> None:
        client = build(**options)
        for query in ("{ __typename }", "{"):
            answer = await client.query(query, headers={"origin": "https://shop.test"})
            assert answer.headers.get("access-control-allow-origin") == allowed
            assert answer.headers.get("access-control-allow-credentials") == (
                "true" if options.get("allow_credentials") else None
            )

    async def test_the_headers_can_be_listed(self, build: Callable[..., AsgiClient]) -> None:
        client = build(origins=("*",), headers=("content-type",))
        answer = await client.send("OPTIONS", "/graphql", PREFLIGHT)
        assert answer.headers["access-control-allow-headers"] == "content-type"


async def test_the_lifespan_begins_and_ends(build_app: Callable[..., RouterApp]) -> None:
    sent: list[str] = []
    events = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> dict[str, Any]:
        return {"type": next(events)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["type"])

    await build_app(transport=None)({"type": "lifespan"}, receive, send)  # type: ignore[arg-type]  # a plain dict will do
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
