"""Every mutation of carts, six calls at the same time: what comes out is what some order of them would have given."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import text

from entrepot.shared.auth import ANONYMOUS
from entrepot.shared.db import retry_transaction
from entrepot.shared.events.contracts.orders import OrderConfirmed, OrderedVariant, OrderPlaced
from entrepot.subgraphs.carts.api.mutations import MUTATIONS
from entrepot.subgraphs.carts.repository import CartRepository
from tests.support.subgraphs import customer, open_subgraph

ME: Final = customer(1)
CALLS: Final = 6
Payload = dict[str, Any]
Scenario = Callable[[Any], Coroutine[Any, Any, None]]

_WAITING: Final = """
  SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"""


async def at_once(carts: Any, *calls: Awaitable[Any], gate: str | None = None) -> list[Any]:
    """What calls at the same time return; with a gate, no call passes that cart before all of them have begun."""
    if gate is None:
        return await asyncio.gather(*calls)
    async with carts.subgraph.transactions.begin() as unit:
        assert await CartRepository(unit.session).lock_active_cart(gate) is not None
        running = asyncio.gather(*calls)
        await wait_for_locks(carts, len(calls))
    return await running


async def wait_for_locks(carts: Any, count: int) -> None:
    """Return when so many transactions wait for a lock; on SQLite, when the calls had the time to begin."""
    database = carts.subgraph.process.database
    async with database.read() as session:
        if session.bind.dialect.name == "sqlite":
            await asyncio.sleep(0.1)
            return
    async with asyncio.timeout(20):
        while True:
            async with database.read() as session:
                if (await session.scalar(text(_WAITING))) >= count:
                    return
            await asyncio.sleep(0.01)


def outcome(payload: Payload) -> str:
    """OK or the code of the one refusal, which the union of the mutation declares."""
    assert (payload["cart"] is None) == bool(payload["errors"])
    if not payload["errors"]:
        return "OK"
    (error,) = payload["errors"]
    assert error["__typename"] != "RefusedError", error
    return str(error["code"])


def count_outcomes(payloads: list[Payload]) -> dict[str, int]:
    return dict(Counter(map(outcome, payloads)))


def content(cart: Any) -> dict[str, int]:
    """How many of each variant."""
    return {line["variant"]["id"]: line["quantity"] for line in cart["lines"]}


async def guest(carts: Any, *, variant: str | None = None, quantity: int = 1) -> tuple[str, str]:
    """A guest's cart and its secret."""
    made = await carts.create(ANONYMOUS)
    cart_id, token = made["cart"]["id"], made["guestToken"]
    if variant is not None:
        await carts.add(cart_id, variant, quantity, ANONYMOUS, guestToken=token)
    return cart_id, token


async def with_line(carts: Any, quantity: int = 5) -> tuple[str, str]:
    """A cart of mine with a line of var_1, and the line."""
    cart_id = await carts.start(ME)
    cart = (await carts.add(cart_id, await carts.list_variant(1), quantity, ME))["cart"]
    await carts.changes()
    return cart_id, cart["lines"][0]["id"]


# (a) The same key and the same input.


async def create_with_one_key(carts: Any) -> None:
    payloads = await at_once(carts, *(carts.create(ME, idempotencyKey="one") for _ in range(CALLS)))
    assert count_outcomes(payloads) == {"OK": CALLS}
    assert payloads == payloads[:1] * CALLS
    assert [event.cart_id for event in await carts.changes()] == [payloads[0]["cart"]["id"]]


async def create_as_a_guest_with_one_key(carts: Any) -> None:
    payloads = await at_once(carts, *(carts.create(ANONYMOUS, idempotencyKey="one") for _ in range(CALLS)))
    assert count_outcomes(payloads) == {"OK": 1, "GUEST_CART_EXISTS": CALLS - 1}
    (made,) = [payload for payload in payloads if payload["cart"]]
    assert [payload["guestToken"] for payload in payloads].count(None) == CALLS - 1
    assert (await carts.read(made["cart"]["id"], ANONYMOUS, made["guestToken"]))["revision"] == 1
    assert len(await carts.changes()) == 1


async def add_with_one_key(carts: Any) -> None:
    variant = await carts.list_variant()
    mine, (hers, token) = await carts.start(ME), await guest(carts)
    for cart_id, who, given in ((mine, ME, {}), (hers, ANONYMOUS, {"guestToken": token})):
        await carts.changes()
        given = {**given, "idempotencyKey": "one", "expectedRevision": 1}
        payloads = await at_once(
            carts, *(carts.add(cart_id, variant, 3, who, **given) for _ in range(CALLS)), gate=cart_id
        )
        assert count_outcomes(payloads) == {"OK": CALLS}
        assert payloads == payloads[:1] * CALLS
        assert content(payloads[0]["cart"]) == {variant: 3}
        assert [event.revision for event in await carts.changes(cart_id)] == [2]


async def add_different_things_with_one_key(carts: Any) -> None:
    variant = await carts.list_variant()
    cart_id = await carts.start(ME)
    calls = [carts.add(cart_id, variant, number, ME, idempotencyKey="one") for number in range(1, CALLS + 1)]
    payloads = await at_once(carts, *calls, gate=cart_id)
    assert count_outcomes(payloads) == {"OK": 1, "IDEMPOTENCY_CONFLICT": CALLS - 1}
    first = next(number for number, payload in enumerate(payloads, 1) if payload["cart"])
    assert content(await carts.read(cart_id, ME)) == {variant: first}


SAME_KEY: Final[Mapping[str, tuple[Scenario, ...]]] = {
    "createCart": (create_with_one_key, create_as_a_guest_with_one_key),
    "addCartLine": (add_with_one_key, add_different_things_with_one_key),
}


# (b) The same object, and a key of its own for each call.


async def create_many(carts: Any) -> None:
    payloads = await at_once(carts, *(carts.create(who) for who in (ME, ANONYMOUS) for _ in range(CALLS)))
    assert count_outcomes(payloads) == {"OK": 2 * CALLS}
    ids = {payload["cart"]["id"] for payload in payloads}
    assert len(ids) == 2 * CALLS
    assert {event.cart_id for event in await carts.changes()} == ids
    for payload in payloads[CALLS:]:
        assert await carts.read(payload["cart"]["id"], ANONYMOUS, payload["guestToken"]) == payload["cart"]


async def add_to_one_line(carts: Any) -> None:
    variant = await carts.list_variant()
    cart_id = await carts.start(ME)
    quantities = [2**number for number in range(CALLS)]
    payloads = await at_once(carts, *(carts.add(cart_id, variant, each, ME) for each in quantities), gate=cart_id)
    assert count_outcomes(payloads) == {"OK": CALLS}
    assert sorted(payload["cart"]["revision"] for payload in payloads) == list(range(2, CALLS + 2))
    assert content(await carts.read(cart_id, ME)) == {variant: sum(quantities)}
    held = {event.revision: sum(line.quantity for line in event.lines) for event in await carts.changes()}
    for quantity, payload in zip(quantities, payloads, strict=True):
        revision = payload["cart"]["revision"]
        assert held[revision] - held[revision - 1] == quantity


async def add_up_to_the_cap(carts: Any) -> None:
    variant = await carts.list_variant()
    cart_id = await carts.start(ME)
    payloads = await at_once(carts, *(carts.add(cart_id, variant, 400, ME) for _ in range(CALLS)), gate=cart_id)
    assert count_outcomes(payloads) == {"OK": 2, "BAD_USER_INPUT": CALLS - 2}
    assert content(await carts.read(cart_id, ME)) == {variant: 800}


async def add_to_a_revision(carts: Any) -> None:
    variant = await carts.list_variant()
    cart_id = await carts.start(ME)
    calls = [carts.add(cart_id, variant, number, ME, expectedRevision=1) for number in range(1, CALLS + 1)]
    payloads = await at_once(carts, *calls, gate=cart_id)
    assert count_outcomes(payloads) == {"OK": 1, "STALE_VERSION": CALLS - 1}
    first = next(number for number, payload in enumerate(payloads, 1) if payload["cart"])
    assert content(await carts.read(cart_id, ME)) == {variant: first}


async def change_one_line(carts: Any) -> None:
    cart_id, line_id = await with_line(carts)
    quantities = range(11, 11 + CALLS)
    payloads = await at_once(carts, *(carts.change(cart_id, line_id, each, ME) for each in quantities), gate=cart_id)
    assert count_outcomes(payloads) == {"OK": CALLS}
    revisions = [payload["cart"]["revision"] for payload in payloads]
    announced = {event.revision: event.lines[0].quantity for event in await carts.changes()}
    assert announced == dict(zip(revisions, quantities, strict=True))
    assert content(await carts.read(cart_id, ME)) == {"var_1": announced[max(revisions)]}


async def change_a_revision(carts: Any) -> None:
    cart_id, line_id = await with_line(carts)
    calls = [carts.change(cart_id, line_id, 11 + number, ME, expectedRevision=2) for number in range(CALLS)]
    payloads = await at_once(carts, *calls, gate=cart_id)
    assert count_outcomes(payloads) == {"OK": 1, "STALE_VERSION": CALLS - 1}
    first = next(number for number, payload in enumerate(payloads) if payload["cart"])
    assert content(await carts.read(cart_id, ME)) == {"var_1": 11 + first}


async def remove_one_line(carts: Any) -> None:
    for given, refusal in (({}, "NOT_FOUND"), ({"expectedRevision": 2}, "STALE_VERSION")):
        cart_id, line_id = await with_line(carts)
        payloads = await at_once(
            carts, *(carts.remove(cart_id, line_id, ME, **given) for _ in range(CALLS)), gate=cart_id
        )
        assert count_outcomes(payloads) == {"OK": 1, refusal: CALLS - 1}
        assert [(event.revision, event.lines) for event in await carts.changes(cart_id)] == [(3, ())]
        assert content(await carts.read(cart_id, ME)) == {}


async def claim_one_cart(carts: Any) -> None:
    variant = await carts.list_variant()
    mine = await carts.start(ME)
    await carts.add(mine, variant, 2, ME)
    cart_id, token = await guest(carts, variant=variant, quantity=3)
    await carts.changes()
    payloads = await at_once(carts, *(carts.claim(cart_id, token, ME) for _ in range(CALLS)), gate=cart_id)
    assert count_outcomes(payloads) == {"OK": CALLS}
    assert payloads == payloads[:1] * CALLS
    assert content(payloads[0]["cart"]) == {variant: 5}
    assert {(event.cart_id, event.status) for event in await carts.changes()} == {(mine, "MERGED"), (cart_id, "ACTIVE")}


async def claim_for_many_customers(carts: Any) -> None:
    variant = await carts.list_variant()
    cart_id, token = await guest(carts, variant=variant)
    users = [customer(number) for number in range(1, CALLS + 1)]
    await carts.changes()
    payloads = await at_once(carts, *(carts.claim(cart_id, token, user) for user in users), gate=cart_id)
    assert count_outcomes(payloads) == {"OK": 1, "NOT_FOUND": CALLS - 1}
    (owner,) = [user for user, payload in zip(users, payloads, strict=True) if payload["cart"]]
    assert [event.owner_id for event in await carts.changes()] == [owner.user_id]
    assert [bool(await carts.mine(user)) for user in users] == [user == owner for user in users]


SAME_OBJECT: Final[Mapping[str, tuple[Scenario, ...]]] = {
    "createCart": (create_many,),
    "addCartLine": (add_to_one_line, add_up_to_the_cap, add_to_a_revision),
    "changeCartLine": (change_one_line, change_a_revision),
    "removeCartLine": (remove_one_line,),
    "claimCart": (claim_one_cart, claim_for_many_customers),
}


# (c) Two objects, in one order and in the other.


async def claim_in_both_orders(carts: Any) -> None:
    """Each claim merges the cart that the one before it left."""
    variant = await carts.list_variant()
    for has_cart in (True, False):
        who = customer(2 if has_cart else 3)
        if has_cart:
            await carts.add(await carts.start(who), variant, 100, who)
        guests = [await guest(carts, variant=variant, quantity=2**number) for number in range(CALLS // 2)]
        payloads = await at_once(
            carts, *(carts.claim(*each, who) for each in guests), *(carts.claim(*each, who) for each in guests[::-1])
        )
        assert count_outcomes(payloads) == {"OK": CALLS}
        cart = await carts.mine(who)
        assert content(cart) == {variant: 7 + 100 * has_cart}
        assert {(await carts.claim(*each, who))["cart"]["id"] for each in guests} == {cart["id"]}


async def add_while_the_catalog_changes(carts: Any) -> None:
    """The cart holds its variants in the order of its lines; the catalog changes them in the opposite one."""
    first, second = await carts.list_variant(1), await carts.list_variant(2)
    cart_id = await carts.start(ME)
    for variant in (second, first):
        await carts.add(cart_id, variant, 1, ME)
    begun: list[asyncio.Future[list[Payload]]] = []

    async def reprice() -> None:
        async with carts.subgraph.transactions.begin() as unit:
            repository = CartRepository(unit.session)
            assert await repository.update_variant({"id": first, "revision": 7})
            if not begun:
                begun.append(
                    asyncio.ensure_future(at_once(carts, *(carts.add(cart_id, first, 1, ME) for _ in range(CALLS))))
                )
                await wait_for_locks(carts, CALLS)
            assert await repository.update_variant({"id": second, "revision": 7})

    environment = carts.subgraph.transactions.environment
    await retry_transaction(reprice, environment.clock, environment.randomness)
    assert count_outcomes(await begun[0]) == {"OK": CALLS}
    assert content(await carts.read(cart_id, ME)) == {first: CALLS + 1, second: 1}


async def claim_while_an_order_leaves_something(carts: Any) -> None:
    """What is in a cart and not in its order goes into the active cart, which a claim makes another one."""
    variant = await carts.list_variant()
    for number in range(CALLS):
        who = customer(10 + number)
        ordered = await carts.start(who)
        await carts.add(ordered, variant, 5, who)
        cart_id, token = await guest(carts, variant=variant, quantity=10)
        order = {"order_id": f"ord_{number}", "customer_id": str(who.user_id), "cart_id": ordered}
        await carts.subgraph.receive(OrderPlaced(**order))
        confirmed = OrderConfirmed(**order, lines=(OrderedVariant(variant_id=variant, quantity=3),))
        claimed, _ = await at_once(carts, carts.claim(cart_id, token, who), carts.subgraph.receive(confirmed))
        assert outcome(claimed) == "OK"
        assert content(await carts.mine(who)) == {variant: 12}


CROSSING: Final[Mapping[str, tuple[Scenario, ...]]] = {
    "claimCart": (claim_in_both_orders, claim_while_an_order_leaves_something),
    "addCartLine": (add_while_the_catalog_changes,),
}
"""Mutations that hold more than one cart; changeCartLine and removeCartLine hold what addCartLine holds."""


def scenarios(*tables: Mapping[str, tuple[Scenario, ...]]) -> Any:
    return pytest.mark.parametrize(
        "scenario", [each for table in tables for row in table.values() for each in row], ids=lambda each: each.__name__
    )


def test_the_tables_have_every_mutation() -> None:
    assert set(SAME_KEY) == {each.name for each in MUTATIONS if each.once is not None}
    assert set(SAME_OBJECT) == {each.name for each in MUTATIONS}


@scenarios(SAME_KEY, SAME_OBJECT, CROSSING)
async def test_at_once(carts: Any, scenario: Scenario) -> None:
    await scenario(carts)


@asynccontextmanager
async def small_carts(carts_on: Any, folder: Path, url: str | None) -> AsyncIterator[Any]:
    async with open_subgraph("carts", folder, url=url, environ={"ENTREPOT_CARTS_MAX_LINES": "2"}) as subgraph:
        yield carts_on(subgraph)


async def test_a_cart_takes_no_more_lines_than_it_can_have(
    carts_on: Any, tmp_path: Path, database_url: str | None
) -> None:
    async with small_carts(carts_on, tmp_path, database_url) as carts:
        variants = [await carts.list_variant(number) for number in range(CALLS)]
        cart_id = await carts.start(ME)
        payloads = await at_once(carts, *(carts.add(cart_id, each, 1, ME) for each in variants), gate=cart_id)
        assert count_outcomes(payloads) == {"OK": 2, "CART_FULL": CALLS - 2}
        taken = [variant for variant, payload in zip(variants, payloads, strict=True) if payload["cart"]]
        assert content(await carts.read(cart_id, ME)) == dict.fromkeys(taken, 1)


@dataclass
class Model:
    """My cart and a guest's as the rules say, one call after the other."""

    mine: dict[str, int] = field(default_factory=lambda: {"line": 5})
    guests: dict[str, int] = field(default_factory=lambda: {"var_1": 10})
    is_claimed: bool = False

    def add(self, variant: str) -> str:
        if self.is_claimed:
            return "CART_NOT_ACTIVE"
        held = "line" if variant == "var_1" and "line" in self.mine else variant
        self.mine[held] = self.mine.get(held, 0) + 1
        return "OK"

    def change(self) -> str:
        return self._on_line({"line": 7})

    def remove(self) -> str:
        return self._on_line({})

    def claim(self) -> str:
        if not self.is_claimed:
            for variant, quantity in self.lines(self.mine).items():
                self.guests[variant] = self.guests.get(variant, 0) + quantity
        self.is_claimed = True
        return "OK"

    def _on_line(self, after: dict[str, int]) -> str:
        if self.is_claimed:
            return "CART_NOT_ACTIVE"
        if "line" not in self.mine:
            return "NOT_FOUND"
        del self.mine["line"]
        self.mine |= after
        return "OK"

    def lines(self, held: Mapping[str, int]) -> dict[str, int]:
        return {"var_1" if name == "line" else name: quantity for name, quantity in held.items()}


async def test_different_mutations_of_one_cart_are_as_one_after_the_other(carts: Any) -> None:
    await carts.list_variant(2)
    mine, line_id = await with_line(carts)
    theirs, token = await guest(carts, variant="var_1", quantity=10)
    calls = {
        "add": (carts.add(mine, "var_1", 1, ME), lambda model: model.add("var_1")),
        "add another": (carts.add(mine, "var_2", 1, ME), lambda model: model.add("var_2")),
        "change": (carts.change(mine, line_id, 7, ME), Model.change),
        "remove": (carts.remove(mine, line_id, ME), Model.remove),
        "claim": (carts.claim(theirs, token, ME), Model.claim),
        "claim again": (carts.claim(theirs, token, ME), Model.claim),
    }
    payloads = await at_once(carts, *(call for call, _ in calls.values()), gate=mine)
    happened = dict(zip(calls, map(outcome, payloads), strict=True))
    left, taken = await carts.read(mine, ME), await carts.read(theirs, ME)

    def play(order: tuple[str, ...]) -> tuple[dict[str, str], dict[str, int], dict[str, int]]:
        model = Model()
        said = {name: calls[name][1](model) for name in order}
        return said, model.lines(model.mine), model.lines(model.guests)

    assert left["status"] == "MERGED"
    assert any(play(order) == (happened, content(left), content(taken)) for order in itertools.permutations(calls))
