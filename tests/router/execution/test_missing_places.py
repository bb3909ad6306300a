"""The error of a fetch that brought nothing says where its first field would have been."""

from dataclasses import replace
from typing import Any

import pytest

from entrepot.router.execution import AsgiTransport
from entrepot.router.execution.errors.filled_keys import list_filled_keys
from entrepot.router.plan import Parallel, PathStep, Sequence
from entrepot.router.selection import Condition
from tests.support.hand_written_plans import PRODUCTS, Shop, entity_fetch, leaf, nested, query, root_fetch


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def dead(_scope: Any, _receive: Any, _send: Any) -> None:
    raise RuntimeError


def kill(shop: Shop, *names: str) -> None:
    apps: dict[str, Any] = {"products": shop.products, "reviews": shop.reviews}
    shop.transport = AsgiTransport(apps | dict.fromkeys(names, dead))


class TestPaths:
    async def test_a_root_fetch(self, shop: Shop) -> None:
        kill(shop, "products")
        plan = query(root_fetch("{ mine: me { id } products { id } }"), nested("products", (leaf("id"),), "??"))
        result = await shop.run(plan)
        # The client did not ask for the first of the two.
        assert [error["path"] for error in result.errors] == [["products"]]
        assert result.data == {"products": None}

    async def test_the_clients_own_key(self, shop: Shop) -> None:
        kill(shop, "products")
        plan = query(root_fetch("{ _0: me { id } }"), replace(nested("myself", (leaf("id"),), "?"), source="_0"))
        assert (await shop.run(plan)).errors[0]["path"] == ["myself"]

    async def test_an_entity_fetch_at_its_first_object(self, shop: Shop) -> None:
        kill(shop, "reviews")
        fields = (leaf("id"), leaf("rating", source="stars", name="stars"), leaf("note"))
        plan = query(
            Sequence((root_fetch("{ products { id } }"), entity_fetch("stars note", PRODUCTS))),
            nested("products", fields, "??"),
        )
        result = await shop.run(plan)
        assert [error["path"] for error in result.errors] == [["products", 0, "rating"]]

    async def test_what_only_the_router_needed_is_told_of_its_object(self, shop: Shop) -> None:
        kill(shop, "reviews")
        plan = query(
            Sequence((root_fetch("{ products { id } }"), entity_fetch("_internal: note", PRODUCTS))),
            nested("products", (leaf("id"),), "??"),
        )
        assert [error["path"] for error in (await shop.run(plan)).errors] == [["products", 0]]

    async def test_a_field_that_is_left_out_is_not_named(self, shop: Shop) -> None:
        kill(shop, "reviews")
        left_out = replace(leaf("stars"), conditions=((Condition("wanted", expected=True),),))
        plan = query(
            Sequence((root_fetch("{ products { id } }"), entity_fetch("stars note", PRODUCTS))),
            nested("products", (leaf("id"), left_out, leaf("note")), "??"),
        )
        result = await shop.run(plan, wanted=False)
        assert [error["path"] for error in result.errors] == [["products", 0, "note"]]

    async def test_what_another_fetch_brought_is_not_blamed(self, shop: Shop) -> None:
        kill(shop, "reviews")
        favorite = (PathStep("me"), PathStep("favorite"))
        fetch = replace(root_fetch("{ me { id } products { id } }", 2), subgraph="reviews")
        steps = Parallel((root_fetch("{ me { favorite { id name } } }"), fetch))
        plan = query(
            Sequence((steps, entity_fetch("note", favorite, number=3))),
            nested("me", (nested("favorite", (leaf("name"), leaf("note")), "!"),), "?", typename="User"),
            nested("products", (leaf("id"),), "??"),
        )
        result = await shop.run(plan)
        assert [error["path"] for error in result.errors] == [["products"], ["me", "favorite", "note"]]
        assert result.data == {"me": {"favorite": {"name": "Lamp", "note": None}}, "products": None}

    async def test_a_refusal_of_the_whole_request_by_the_subgraph(self, shop: Shop) -> None:
        async def refuse(_scope: Any, _receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 401})
            body = b'{"errors":[{"message":"not you","extensions":{"code":"UNAUTHENTICATED"}}]}'
            await send({"type": "http.response.body", "body": body})

        shop.transport = AsgiTransport({"products": refuse})
        result = await shop.run(query(root_fetch("{ me { id } }"), nested("me", (leaf("id"),), "?")))
        assert result.errors == [
            {
                "message": "not you",
                "path": ["me"],
                "extensions": {"code": "UNAUTHENTICATED", "service": "products"},
            }
        ]


class TestFilledKeys:
    def test_of_the_root(self) -> None:
        operation = (
            "query($a: Int) { __typename a: b(c: $a) { d } ...on Query { e } ...F } fragment F on Query { g a: b }"
        )
        assert list_filled_keys(operation, None) == ((None, "a"), ("Query", "e"), ("Query", "g"), ("Query", "a"))

    def test_below_an_alias(self) -> None:
        operation = """query($r: [_Any!]!) {
          x: _entities(representations: $r) { __typename ... on A { i ... { j } } ... on B { k: l } }
          y: _entities(representations: $r) { ... on A { m } }
        }"""
        assert list_filled_keys(operation, "x") == (("A", "i"), ("A", "j"), ("B", "k"))
        assert list_filled_keys(operation, "y") == (("A", "m"),)
        assert list_filled_keys(operation, "z") == ()
