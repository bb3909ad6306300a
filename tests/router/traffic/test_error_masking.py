"""What a client sees of a subgraph's errors."""

from collections.abc import Callable
from typing import Any

import pytest

from entrepot.router.config import RouterConfig, SubgraphErrorRule, SubgraphErrorsConfig
from entrepot.router.execution.transports.asgi import AsgiTransport
from entrepot.router.traffic import ErrorMasking
from tests.support.asgi_client import AsgiClient

ENTRY: dict[str, Any] = {
    "message": "No such row in table users",
    "extensions": {"code": "NOT_FOUND", "stacktrace": ["at line 7"], "hint": "x", "service": "people"},
}


def present(rule: SubgraphErrorRule, subgraph: str = "people", **others: SubgraphErrorRule) -> dict[str, Any]:
    return ErrorMasking(SubgraphErrorsConfig(all=rule, subgraphs=others)).mask(subgraph, ENTRY)


def test_message_and_code_pass_and_nothing_else_by_default() -> None:
    assert present(SubgraphErrorRule()) == {
        "message": "No such row in table users",
        "extensions": {"code": "NOT_FOUND", "service": "people"},
    }


def test_a_masked_message() -> None:
    shown = present(SubgraphErrorRule(mode="mask", message="Sorry.", extensions=(), show_subgraph=False))
    assert shown == {"message": "Sorry.", "extensions": {}}
    assert present(SubgraphErrorRule(mode="mask"))["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("names", "kept"), [(("code", "hint"), {"code", "hint"}), (("*",), {"code", "hint", "stacktrace"})]
)
def test_extensions_that_are_named(names: tuple[str, ...], kept: set[str]) -> None:
    assert set(present(SubgraphErrorRule(extensions=names))["extensions"]) == kept | {"service"}


def test_a_subgraph_has_the_rule_of_its_name_alone() -> None:
    own = SubgraphErrorRule(extensions=("hint",))
    everywhere = SubgraphErrorRule(mode="mask", message="Sorry.")
    assert present(everywhere, people=own)["message"] == ENTRY["message"]
    assert present(everywhere, "notes", people=own)["message"] == "Sorry."


def test_what_is_given_is_left_as_it_is() -> None:
    before = repr(ENTRY)
    present(SubgraphErrorRule(mode="mask", extensions=()))
    assert repr(ENTRY) == before


async def test_through_the_router(build_client: Callable[..., AsgiClient]) -> None:
    async def leaky(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        body = b'{"data":{"broken":null},"errors":[{"message":"psycopg: dead","path":["broken"],'
        body += b'"extensions":{"code":"OOPS","exception":{"stacktrace":["secret"]}}}]}'
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": body})

    transport = AsgiTransport({"notes": leaky})
    answer = await build_client(transport=transport).query("{ broken }")
    [error] = answer.json["errors"]
    extensions = {"code": "OOPS", "service": "notes"}
    assert error == {"message": "psycopg: dead", "path": ["broken"], "extensions": extensions}
    config = RouterConfig(subgraph_errors=SubgraphErrorsConfig(all=SubgraphErrorRule(mode="mask")))
    [masked] = (await build_client(config, transport=transport).query("{ broken }")).json["errors"]
    assert masked == {"message": SubgraphErrorRule().message, "path": ["broken"], "extensions": extensions}
