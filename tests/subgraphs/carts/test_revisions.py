"""A revision covers what is shown: it is announced once, with what the cart shows, and with nothing else."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from entrepot.shared.auth import ANONYMOUS, Caller
from entrepot.shared.graphql import read_row
from entrepot.shared.scalars import Id
from entrepot.subgraphs.carts.api.types import Cart as ShownCart
from entrepot.subgraphs.carts.service import AddCartLine, ChangeCartLine, add_cart_line, change_cart_line
from tests.support.subgraphs import customer
from tests.support.tree import ROOT

ME = customer(1)


@pytest.fixture
async def filled(carts: Any) -> dict[str, Any]:
    """A customer's cart with two pieces of var_1 at 5.00 EUR."""
    cart_id = await carts.start(ME)
    cart = (await carts.add(cart_id, await carts.list_variant(1, 500), 2))["cart"]
    await carts.changes()
    return cart


class TestWhatChangesNothing:
    async def test_a_line_changed_to_its_quantity(self, carts: Any, filled: dict[str, Any]) -> None:
        payload = await carts.change(filled["id"], filled["lines"][0]["id"], 2)
        assert payload == {"cart": filled, "errors": []}
        assert await carts.changes() == []
        again = await carts.change(filled["id"], filled["lines"][0]["id"], 3, expectedRevision=filled["revision"])
        assert again["cart"]["revision"] == filled["revision"] + 1

    async def test_is_checked_all_the_same(self, carts: Any, filled: dict[str, Any], refusals: Any) -> None:
        line = filled["lines"][0]["id"]
        stale = await carts.change(filled["id"], line, 2, expectedRevision=1)
        assert refusals(stale) == [("STALE_VERSION", None)]
        assert refusals(await carts.change(filled["id"], line, 2, customer(2))) == [("NOT_FOUND", ["cartId"])]

    async def test_a_repeated_key(self, carts: Any, filled: dict[str, Any]) -> None:
        first = await carts.add(filled["id"], "var_1", 1, idempotencyKey="once")
        assert await carts.add(filled["id"], "var_1", 1, idempotencyKey="once") == first
        assert [event.revision for event in await carts.changes()] == [3]


class TestWhatAMutationShows:
    """The content in a payload is that of the revision beside it, whatever others commit before it is read."""

    async def test_of_a_change(self, carts: Any, filled: dict[str, Any]) -> None:
        async with carts.subgraph.transactions.begin(Caller(ME)) as unit:
            row = await add_cart_line(unit, AddCartLine(cart_id=Id(filled["id"]), variant_id=Id("var_1")))
        await carts.add(filled["id"], "var_1", 5)
        shown = read_row(ShownCart, row)
        assert (shown.revision, shown.quote.total.minor_units) == (3, 1500)

    async def test_of_what_changed_nothing(self, carts: Any, filled: dict[str, Any]) -> None:
        line = Id(filled["lines"][0]["id"])
        async with carts.subgraph.transactions.begin(Caller(ME)) as unit:
            command = ChangeCartLine(cart_id=Id(filled["id"]), line_id=line, quantity=2)
            row = await change_cart_line(unit, command)
        await carts.add(filled["id"], "var_1", 5)
        shown = read_row(ShownCart, row)
        assert (shown.revision, shown.quote.total.minor_units) == (2, 1000)


async def test_a_cart_shows_what_it_was_announced_with_also_of_names(carts: Any, filled: dict[str, Any]) -> None:
    await carts.list_variant(1, 500, sku="SKU-NEW", seller_id="sel_2")
    assert await carts.read(filled["id"]) == filled
    await carts.subgraph.run_jobs()
    after = await carts.read(filled["id"])
    assert (after["revision"], after["lines"][0]["variant"]["sku"]) == (3, "SKU-NEW")
    (event,) = await carts.changes()
    assert (event.revision, event.lines[0].sku, event.lines[0].seller_id) == (3, "SKU-NEW", "sel_2")


async def test_a_guests_cart_that_is_claimed_is_announced_once(carts: Any) -> None:
    await carts.list_variant(1, 500)
    made = await carts.create(ANONYMOUS)
    cart_id, token = made["cart"]["id"], made["guestToken"]
    await carts.add(cart_id, "var_1", 2, ANONYMOUS, guestToken=token)
    await carts.changes()
    claimed = (await carts.claim(cart_id, token, ME))["cart"]
    (event,) = await carts.changes()
    assert (event.revision, event.owner_id) == (claimed["revision"], ME.user_id)
    assert sum(line.quantity * line.unit_minor_units for line in event.lines) == claimed["total"]["minorUnits"] == 1000


def test_revisions_are_counted_only_where_they_are_announced() -> None:
    """By construction: nothing else of carts writes a revision, so that none can stand for two contents."""
    folder = ROOT / "subgraphs" / "carts"
    counting = [
        (str(path.relative_to(folder)), ast.unparse(node))
        for path in sorted(folder.rglob("*.py"))
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.AugAssign | ast.Assign)
        and any(
            isinstance(target, ast.Attribute) and target.attr == "revision"
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        )
    ]
    assert counting == [("service/unit.py", "cart.revision += 1")]
    statements = [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*.py"))
        if "revision=_CART.c.revision" in path.read_text() or "revision=Cart.revision" in path.read_text()
    ]
    assert statements == ["repository/batches.py"]
