"""An administrator deals with events that went wrong, through the router."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from entrepot.shared.events.contracts.carts import CartChanged
from entrepot.shared.events.event import Envelope, to_data
from entrepot.shared.events.inbox.inbox import add_dead_letter
from entrepot.shared.events.tables import DEAD_LETTERS, INBOX, OUTBOX
from entrepot.subgraphs.orders.models import CartSnapshot
from entrepot.subgraphs.registry import SUBGRAPHS
from tests.support.buying import register
from tests.support.clients import GraphQLClient
from tests.support.mesh import Shop, open_shop

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PATIENCE = 20.0
ERRORS = "errors { __typename ... on UserError { code path message } }"
LETTER = "eventId handler status type subject envelope reason attempts dropReason"
LIST = f"""query ($first: Int, $after: String, $dropped: Boolean! = false) {{ ordersEventQueue {{
  subgraph deadLetterCount
  deadLetters(first: $first, after: $after, withDropped: $dropped) {{
    edges {{ node {{ {LETTER} }} }} pageInfo {{ hasNextPage endCursor }} }}
  actions {{ edges {{ node {{ action target reason actor affected }} }} }} }} }}"""
ONE = f"""query ($event: ID!, $handler: String!) {{
  ordersEventQueue {{ deadLetter(eventId: $event, handler: $handler) {{ {LETTER} }} }} }}"""

AUDIT = """query ($actor: ID!) {
  ordersAuditLog(actorId: $actor, action: "dropDeadLetter", objectId: "evt_0 cart-changed") {
    edges { node { objectId objectType reason after scopes clientAddress requestId position } } } }"""


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as shop:
        yield shop


def deed(name: str) -> str:
    kind = name.removeprefix("catalog").removeprefix("orders")
    return f"""mutation ($input: {kind}Input!) {{ {name}(input: $input) {{
      affected queue {{ deadLetterCount undeliveredCount rejectedCount }} {ERRORS} }} }}"""


def cart(number: int) -> Envelope:
    event = CartChanged(
        cart_id=f"crt_{number}",
        revision=1,
        status="ACTIVE",
        owner_id=None,
        channel="WEB",
        currency="EUR",
        lines=(),
    )
    data = to_data(event) if number else {}
    return Envelope(
        id=f"evt_{number}",
        source="/entrepot/carts",
        type=event.TYPE,
        time=NOW,
        subject=event.subject,
        dataversion=1,
        data=data,
    )


async def bury_carts(shop: Shop, *numbers: int) -> None:
    """Letters as the consumer leaves them; number 0 is an event that says nothing."""
    async with shop.running.processes["orders"].transactions.begin() as unit:
        for number in numbers:
            await add_dead_letter(
                unit.session,
                event_id=f"evt_{number}",
                handler="cart-changed",
                subject=f"crt_{number}",
                envelope=cart(number).to_json(),
                reason="OSError: down",
                attempts=8,
                now=unit.now,
            )


async def call(client: GraphQLClient, name: str, **given: Any) -> dict[str, Any]:
    payload: dict[str, Any] = (await client.data(deed(name), input=given))[name]
    return payload


async def eventually(holds: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await holds():
            await asyncio.sleep(0.02)


async def test_dead_letters_are_listed_inspected_retried_and_dropped(shop: Shop) -> None:
    admin = await shop.login("admin@example.com")
    await bury_carts(shop, 0, 1, 2)
    first = (await admin.data(LIST, first=2))["ordersEventQueue"]
    assert (first["subgraph"], first["deadLetterCount"]) == ("orders", 3)
    assert [edge["node"]["eventId"] for edge in first["deadLetters"]["edges"]] == ["evt_0", "evt_1"]
    after = first["deadLetters"]["pageInfo"]["endCursor"]
    rest = (await admin.data(LIST, first=2, after=after))["ordersEventQueue"]["deadLetters"]
    assert [edge["node"]["subject"] for edge in rest["edges"]] == ["crt_2"]
    assert rest["pageInfo"]["hasNextPage"] is False
    one = (await admin.data(ONE, event="evt_1", handler="cart-changed"))["ordersEventQueue"]["deadLetter"]
    assert (one["status"], one["type"], one["reason"]) == ("UNRESOLVED", "carts.cart.changed", "OSError: down")

    # The one that can be dealt with now is, and is no letter any more; the other stays, with the newest reason.
    for number in (0, 1):
        answer = await call(admin, "ordersRetryDeadLetter", eventId=f"evt_{number}", handler="cart-changed")
        assert answer["errors"] == []
    database = shop.running.processes["orders"].database

    async def are_tried() -> bool:
        async with database.read() as session:
            waiting = await session.scalars(select(DEAD_LETTERS.c.event_id).where(DEAD_LETTERS.c.retry_at.is_not(None)))
            return not waiting.all()

    await eventually(are_tried)
    async with database.read() as session:
        assert await session.get(CartSnapshot, "crt_1") is not None
        letters = {row.event_id: row for row in await session.execute(select(DEAD_LETTERS))}
    assert set(letters) == {"evt_0", "evt_2"}
    assert letters["evt_0"].attempts == 9
    assert "ValidationError" in letters["evt_0"].reason

    dropped = await call(admin, "ordersDropDeadLetter", eventId="evt_0", handler="cart-changed", reason="says nothing")
    assert (dropped["errors"], dropped["queue"]["deadLetterCount"]) == ([], 1)
    seen = (await admin.data(LIST, dropped=True))["ordersEventQueue"]
    statuses = {edge["node"]["eventId"]: edge["node"]["status"] for edge in seen["deadLetters"]["edges"]}
    assert statuses == {"evt_0": "DROPPED", "evt_2": "UNRESOLVED"}
    actions = [edge["node"] for edge in seen["actions"]["edges"]]
    assert [action["action"] for action in actions] == [
        "DROP_DEAD_LETTER",
        "RETRY_DEAD_LETTER",
        "RETRY_DEAD_LETTER",
    ]
    assert actions[0]["reason"] == "says nothing"
    assert actions[0]["actor"].startswith("usr_")
    await check_audit_log(admin, actions[0]["actor"])

    missing = await call(admin, "ordersRetryDeadLetter", eventId="evt_9", handler="cart-changed")
    assert [error["code"] for error in missing["errors"]] == ["NOT_FOUND"]
    silent = await call(admin, "ordersDropDeadLetter", eventId="evt_2", handler="cart-changed", reason=" ")
    assert [error["code"] for error in silent["errors"]] == ["BAD_USER_INPUT"]

    # The next test finds what was really announced, and nothing else.
    await call(admin, "ordersDropDeadLetter", eventId="evt_2", handler="cart-changed", reason="made up")
    async with shop.running.processes["orders"].transactions.begin() as unit:
        await unit.session.execute(delete(CartSnapshot).where(CartSnapshot.cart_id == "crt_1"))


async def check_audit_log(admin: GraphQLClient, actor: str) -> None:
    """The drop is in the audit log, with where it came from, and is chained within seconds."""

    async def read() -> list[dict[str, Any]]:
        log = (await admin.data(AUDIT, actor=actor))["ordersAuditLog"]
        return [edge["node"] for edge in log["edges"]]

    async def is_chained() -> bool:
        return all(node["position"] is not None for node in await read())

    await eventually(is_chained)
    (dropped,) = await read()
    assert (dropped["objectId"], dropped["objectType"]) == ("evt_0 cart-changed", "DeadLetter")
    assert (dropped["reason"], dropped["after"]) == ("says nothing", '{"affected":1}')
    assert "admin:outbox" in dropped["scopes"]
    assert dropped["clientAddress"]
    assert dropped["requestId"]


async def test_events_are_sent_again_and_take_effect_once(shop: Shop) -> None:
    admin = await shop.login("admin@example.com")
    catalog, carts = shop.running.processes["catalog"], shop.running.processes["carts"]

    async def handled() -> list[Any]:
        async with carts.database.read() as session:
            query = select(INBOX).where(INBOX.c.handler == "variant-changed").order_by(INBOX.c.event_id)
            return list((await session.execute(query)).all())

    async with catalog.database.read() as session:
        event = (await session.execute(select(OUTBOX).order_by(OUTBOX.c.position).limit(1))).one()
    before = await handled()
    one = await call(admin, "catalogReplayEvents", subject=event.subject, reason="looks lost")
    assert (one["errors"], one["affected"] >= 1) == ([], True)
    since = event.created_at - timedelta(minutes=1)
    every = await call(admin, "catalogReplayEvents", since=since.isoformat(), reason="all of them")
    assert every["affected"] > one["affected"]
    await shop.running.wait_until_idle()
    assert await handled() == before

    # An inbox that has forgotten lets what comes again take effect again.
    async with carts.transactions.begin() as unit:
        await unit.session.execute(INBOX.delete().where(INBOX.c.event_id == event.id))
    await call(admin, "catalogReplayEvents", subject=event.subject, reason="restored from a backup")
    await shop.running.wait_until_idle()
    assert {row.event_id for row in await handled()} == {row.event_id for row in before}

    for given in ({}, {"since": "2020-01-01T00:00:00Z"}, {"since": "2026-01-01T00:00:00"}):
        refused = await call(admin, "catalogReplayEvents", reason="?", **given)
        assert [error["code"] for error in refused["errors"]] == ["BAD_USER_INPUT"]


async def test_refused_events_are_retried_or_dropped(shop: Shop) -> None:
    admin = await shop.login("admin@example.com")
    catalog = shop.running.processes["catalog"]
    async with catalog.transactions.begin() as unit:
        rows = (await unit.session.execute(select(OUTBOX).order_by(OUTBOX.c.position).limit(2))).all()
        for row in rows:
            refused = update(OUTBOX).where(OUTBOX.c.id == row.id)
            await unit.session.execute(refused.values(delivered_at=None, rejected_reason="too large"))
    listed = await admin.data(
        "{ catalogEventQueue { rejectedCount undelivered { edges { node { eventId status reason } } } } }"
    )
    queue = listed["catalogEventQueue"]
    assert queue["rejectedCount"] == 2
    assert [edge["node"]["status"] for edge in queue["undelivered"]["edges"]] == ["REJECTED", "REJECTED"]
    assert (await call(admin, "catalogRetryEvent", eventId=rows[0].id))["errors"] == []
    dropped = await call(admin, "catalogDropEvent", eventId=rows[1].id, reason="nobody needs it")
    assert dropped["queue"]["rejectedCount"] == 0
    await shop.running.wait_until_idle()
    async with catalog.database.read() as session:
        after = {row.id: row for row in await session.execute(select(OUTBOX))}
    assert after[rows[0].id].delivered_at is not None
    assert (after[rows[1].id].delivered_at, after[rows[1].id].rejected_reason) == (None, "too large")


@pytest.mark.parametrize("name", SUBGRAPHS)
async def test_every_subgraph_has_a_queue_for_administrators_alone(name: str, shop: Shop) -> None:
    query = f"{{ {name}EventQueue {{ subgraph undeliveredCount oldestUndeliveredAt deadLetterCount }} }}"
    admin = await shop.login("admin@example.com")
    assert (await admin.data(query))[f"{name}EventQueue"]["subgraph"] == name
    customer = await register(shop.client, f"curious-{name}@journey.example")
    refused = await customer.send(query)
    assert refused["errors"]
    assert not (refused.get("data") or {}).get(f"{name}EventQueue")
    log = f"{{ {name}AuditLog {{ edges {{ node {{ id }} }} }} }}"
    assert "edges" in (await admin.data(log))[f"{name}AuditLog"]
    refused = await customer.send(log)
    assert refused["errors"]
    assert not (refused.get("data") or {}).get(f"{name}AuditLog")


async def test_dead_letters_are_retried_and_dropped_by_filter(shop: Shop) -> None:
    admin = await shop.login("admin@example.com")
    await bury_carts(shop, 0, 11, 12)

    async def do(name: str, **given: Any) -> dict[str, Any]:
        kind = name.removeprefix("orders")
        document = f"""mutation ($input: {kind}Input!) {{ {name}(input: $input) {{
          affected remaining queue {{ deadLetterCount }} {ERRORS} }} }}"""
        payload: dict[str, Any] = (await admin.data(document, input=given))[name]
        return payload

    refused = await do("ordersDropDeadLetters", filter={"handler": "cart-changed"}, reason=" ")
    assert [error["code"] for error in refused["errors"]] == ["BAD_USER_INPUT"]
    assert (refused["affected"], refused["remaining"]) == (0, None)
    wanted = {"type": "carts.cart.changed", "failedBefore": "2100-01-01T00:00:00Z"}
    first = await do("ordersRetryDeadLetters", filter=wanted | {"subject": "crt_11"}, limit=1)
    assert (first["errors"], first["affected"], first["remaining"]) == ([], 1, 0)
    database = shop.running.processes["orders"].database

    async def is_handled() -> bool:
        async with database.read() as session:
            return await session.get(CartSnapshot, "crt_11") is not None

    await eventually(is_handled)
    dropped = await do("ordersDropDeadLetters", filter=wanted, reason="made up", limit=1)
    assert (dropped["affected"], dropped["remaining"]) == (1, 1)
    dropped = await do("ordersDropDeadLetters", filter=wanted, reason="made up")
    assert (dropped["affected"], dropped["remaining"], dropped["queue"]["deadLetterCount"]) == (1, 0, 0)
    async with shop.running.processes["orders"].transactions.begin() as unit:
        await unit.session.execute(delete(CartSnapshot).where(CartSnapshot.cart_id == "crt_11"))
