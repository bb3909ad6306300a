"""GraphQL over HTTP as the package graphql-http audits it, against a router that listens."""

from collections.abc import Callable
from typing import Any

import pytest

from entrepot.router.app import RouterApp
from entrepot.router.config import BatchingConfig, PersistedDocumentsConfig, RouterConfig
from entrepot.router.config.persisted_documents import ApqConfig
from tests.support.asgi_client import serve
from tests.support.protocol_clients import need_programs
from tests.support.router_fixtures import build_app, clock, graph

__all__ = ["build_app", "clock", "graph"]

pytestmark = pytest.mark.node

CHECKS = {
    "MUST": "0220 0221 0222 03D4 13EE 1B7A 28B9 2C94 4655 78D5 82A3 B8B3 BF61",
    "SHOULD": "22EB 2EA1 34A2 428F 47DE 51FE 556A 572B 5E5B 74FF 7B9B 80D8 8161 865D 86EE 94B0 94B1 94B2 9ABE B7N8 "
    "BCF8 D586 FDE2",
    "MAY": "3E3A 423L 4760 4761 4762 4763 58B0 58B1 58B2 58B3 5A70 6A70 6C00 6C01 6C02 6C03 8764 9C48 A5BF B6DC D6D5 "
    "LKJ0 LKJ1 LKJ2 LKJ3",
}
EVERYTHING_ELSE = RouterConfig(
    batching=BatchingConfig(enabled=True),
    persisted_documents=PersistedDocumentsConfig(mode="log", apq=ApqConfig(enabled=False)),
)


async def audit(app: Any) -> list[dict[str, Any]]:
    async with serve(app) as address:
        results: list[dict[str, Any]] = await need_programs(address).run("audit", "audit")
    return results


@pytest.mark.parametrize("config", [RouterConfig(), EVERYTHING_ELSE], ids=["defaults", "otherwise"])
async def test_all_checks_pass(build_app: Callable[..., RouterApp], config: RouterConfig) -> None:
    results = await audit(build_app(config))
    assert [item for item in results if item["status"] != "ok"] == []
    found = sorted((item["name"].split()[0], item["id"]) for item in results)
    assert found == sorted((level, check) for level, checks in CHECKS.items() for check in checks.split())
    assert len(found) == 61


async def test_a_router_that_always_answers_200_is_noticed(build_app: Callable[..., RouterApp]) -> None:
    app = build_app()

    async def careless(scope: Any, receive: Any, send: Any) -> None:
        async def send_ok(message: Any) -> None:
            await send({**message, "status": 200} if message["type"] == "http.response.start" else message)

        await app(scope, receive, send_ok)

    assert "warn" in {item["status"] for item in await audit(careless)}
