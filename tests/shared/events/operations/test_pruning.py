"""What is old enough goes, in batches, and nothing that is still needed does."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table

from entrepot.shared.audit import Actor
from entrepot.shared.events import Consumer, MemoryBus, Relay, UnitOfWork
from entrepot.shared.events.bus.topics import Topic
from entrepot.shared.events.contracts.carts import CartChanged
from entrepot.shared.events.contracts.payments import PaymentChanged
from entrepot.shared.events.contracts.reference import Reference
from entrepot.shared.events.event import read_envelope
from entrepot.shared.events.inbox.inbox import add_dead_letter
from entrepot.shared.events.operations.administration import (
    REPLAY_REACH,
    Decision,
    drop_dead_letter,
    drop_event,
    replay_events,
)
from entrepot.shared.events.operations.pruning import PRUNE_SECONDS, RULES, Pruning, PruningRule
from entrepot.shared.events.outbox.outbox import mark_rejected
from entrepot.shared.events.outbox.published_state import forget_states
from entrepot.shared.events.tables import (
    DEAD_LETTERS,
    IDEMPOTENCY_KEYS,
    INBOX,
    JOB_LEASES,
    KERNEL,
    OUTBOX,
    OUTBOX_AGGREGATES,
    PUBLISHED_STATE,
    QUEUE_ACTIONS,
    REBUILDS,
    SAGA_PAUSES,
    STATE_BACKFILLS,
)
from tests.support.kernel import Kernel, ThingChanged, handlers_of

DECISION = Decision(Actor("usr_admin"), "nobody needs it")
FAR = REPLAY_REACH + timedelta(seconds=1)


async def prune(kernel: Kernel, folder: Path, *rules: PruningRule) -> int:
    pruning = Pruning(folder, rules or RULES)
    gone = 0
    while batch := await pruning.run(kernel.transactions):
        gone += batch
    return gone


async def announce_and_deliver(kernel: Kernel, *things: str) -> None:
    async def take(_unit: UnitOfWork[Any], _event: ThingChanged) -> None: ...

    for thing in things:
        await kernel.change(thing, 1)
    bus = MemoryBus()
    await Consumer(handlers_of({ThingChanged: (take,)}), kernel.transactions).start(bus)
    relay = Relay("tests", kernel.database, bus, kernel.environment)
    while await relay.send_due():
        pass


def retention_of(table: Table) -> timedelta:
    return min(rule.retention for rule in RULES if rule.table is table)


def test_an_inbox_outlives_all_that_can_come_again() -> None:
    topic = Topic("any").retention
    assert topic is not None
    assert retention_of(OUTBOX) >= REPLAY_REACH
    assert retention_of(INBOX) > retention_of(OUTBOX) + timedelta(seconds=topic)


def test_every_table_that_grows_has_a_rule() -> None:
    # Nothing of the audit log goes, since its chain is verified from the first entry on.
    audit = {name for name in KERNEL.tables if name.startswith("audit_")}
    # Aggregates go with their last event. The newest state of each stays, and the last rebuild of each read model.
    others = {OUTBOX_AGGREGATES.name, PUBLISHED_STATE.name, REBUILDS.name, STATE_BACKFILLS.name}
    # A row per job, and one while sagas are paused.
    others |= {JOB_LEASES.name, SAGA_PAUSES.name}
    assert {rule.table.name for rule in RULES} | others | audit == set(KERNEL.tables)


async def test_delivered_events_go_when_no_replay_reaches_them(kernel: Kernel, tmp_path: Path) -> None:
    await announce_and_deliver(kernel, "a", "b")
    kernel.clock.advance(REPLAY_REACH.total_seconds() - 1)
    await kernel.change("b", 2)
    assert await prune(kernel, tmp_path) == 0
    kernel.clock.advance(2)
    # Two events, and the row of the aggregate that has none left.
    assert await prune(kernel, tmp_path) == 3
    assert [row.subject for row in await kernel.rows(OUTBOX)] == ["b"]
    assert [row.subject for row in await kernel.rows(OUTBOX_AGGREGATES)] == ["b"]
    assert len(await kernel.rows(INBOX)) == 2
    kernel.clock.advance(retention_of(INBOX).total_seconds())
    assert await prune(kernel, tmp_path) == 2
    assert await kernel.rows(INBOX) == []
    # What was never sent stays for ever.
    assert [row.subject for row in await kernel.rows(OUTBOX)] == ["b"]


async def test_the_newest_state_outlives_its_event(kernel: Kernel, tmp_path: Path) -> None:
    """Of these, read models are rebuilt, however long ago they were published."""
    async with kernel.transactions.begin() as unit:
        unit.publish(*(cart_changed("crt_1", revision) for revision in (1, 2, 3)), cart_changed("crt_2", 1))
    await announce_and_deliver(kernel)
    kernel.clock.advance(FAR.total_seconds())
    # Four events and the rows of their two aggregates.
    assert await prune(kernel, tmp_path) == 6
    assert await kernel.rows(OUTBOX) == []
    assert await read_states(kernel) == [("crt_1", 3), ("crt_2", 1)]


async def test_an_older_revision_does_not_replace_a_newer_state(kernel: Kernel) -> None:
    for published in ([2], [1], [3, 4], [3]):
        async with kernel.transactions.begin() as unit:
            unit.publish(*(cart_changed("crt_1", revision) for revision in published))
    assert await read_states(kernel) == [("crt_1", 4)]


async def test_states_of_a_unit_of_work_are_written_in_one_statement(kernel: Kernel) -> None:
    statements: list[str] = []
    stop = kernel.database.count_statements(statements.append)
    async with kernel.transactions.begin() as unit:
        unit.publish(*(cart_changed(f"crt_{number}", revision) for number in range(500) for revision in (1, 2)))
    stop()
    assert len([each for each in statements if "INSERT INTO published_state" in each]) == 1
    assert await read_states(kernel) == sorted((f"crt_{number}", 2) for number in range(500))


async def test_revisions_that_the_outbox_counts(kernel: Kernel) -> None:
    """Of each aggregate one after the other, with what a unit of work publishes last."""
    for statuses in (["CREATED"], ["CREATED", "AUTHORIZED"], ["VOIDED"]):
        async with kernel.transactions.begin() as unit:
            for status in statuses:
                unit.publish(payment_changed("pay_1", status))
    async with kernel.transactions.begin() as unit:
        unit.publish(payment_changed("pay_2", "CREATED"), payment_changed("pay_1", "VOIDED"))
    sent = [read_envelope(row.envelope.encode()).data for row in await kernel.rows(OUTBOX)]
    assert [(data["payment_id"], data["status"], data["revision"]) for data in sent] == [
        ("pay_1", "CREATED", 1),
        ("pay_1", "AUTHORIZED", 2),
        ("pay_1", "VOIDED", 3),
        ("pay_2", "CREATED", 1),
        ("pay_1", "VOIDED", 4),
    ]
    assert [(row.subject, row.revision) for row in await kernel.rows(PUBLISHED_STATE)] == [("pay_1", 4), ("pay_2", 1)]


async def test_revisions_follow_the_commits(kernel: Kernel) -> None:
    async def publish() -> None:
        async with kernel.transactions.begin() as unit:
            unit.publish(payment_changed("pay_1", "CREATED"))

    await asyncio.gather(*(publish() for _ in range(20)))
    sent = [read_envelope(row.envelope.encode()).data["revision"] for row in await kernel.rows(OUTBOX)]
    assert sent == list(range(1, 21))


def payment_changed(payment_id: str, status: str) -> PaymentChanged:
    return PaymentChanged(
        payment_id=payment_id,
        reference=Reference(type="Order", id="ord_1"),
        minor_units=1,
        currency="EUR",
        status=status,
    )


async def test_a_rolled_back_unit_of_work_leaves_no_state(kernel: Kernel) -> None:
    async def fail() -> None:
        async with kernel.transactions.begin() as unit:
            unit.publish(cart_changed("crt_1", 1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await read_states(kernel) == []


async def test_a_forgotten_state_is_gone(kernel: Kernel) -> None:
    async with kernel.transactions.begin() as unit:
        unit.publish(cart_changed("crt_1", 1), cart_changed("crt_2", 1))
    async with kernel.transactions.begin() as unit:
        await forget_states(unit.session, CartChanged, ["crt_1"])
    assert await read_states(kernel) == [("crt_2", 1)]


async def read_states(kernel: Kernel) -> list[tuple[str, int]]:
    """Cart and revision of each state, as its envelope says; the columns say the same."""
    states = []
    for row in await kernel.rows(PUBLISHED_STATE):
        data = read_envelope(row.envelope.encode()).data
        assert (row.type, row.subject, row.revision) == (CartChanged.TYPE, data["cart_id"], data["revision"])
        states.append((row.subject, row.revision))
    return states


def cart_changed(cart_id: str, revision: int) -> CartChanged:
    return CartChanged(
        cart_id=cart_id, revision=revision, status="ACTIVE", owner_id=None, channel="x", currency="EUR", lines=()
    )


async def test_what_is_to_be_sent_again_stays(kernel: Kernel, tmp_path: Path) -> None:
    await announce_and_deliver(kernel, "a")
    async with kernel.transactions.begin() as unit:
        assert await replay_events(unit, DECISION, subject="a", since=None, until=None) == 1
    kernel.clock.advance(FAR.total_seconds())
    await prune(kernel, tmp_path)
    assert [row.subject for row in await kernel.rows(OUTBOX)] == ["a"]


async def test_dropped_things_go_and_dead_ones_stay(kernel: Kernel, tmp_path: Path) -> None:
    await kernel.change("a", 1, 2)
    async with kernel.transactions.begin() as unit:
        first, second = await kernel.rows(OUTBOX)
        for row in (first, second):
            await mark_rejected(unit.session, row.position, "too large")
        await drop_event(unit, DECISION, event_id=first.id)
        for event in ("e1", "e2"):
            facts = {"handler": "h", "subject": "s", "envelope": b"{}", "reason": "r", "attempts": 1}
            await add_dead_letter(unit.session, event_id=event, now=unit.now, **facts)  # type: ignore[arg-type]  # by name
        await drop_dead_letter(unit, DECISION, event_id="e1", handler="h")
    kernel.clock.advance(timedelta(days=31).total_seconds())
    await prune(kernel, tmp_path)
    assert [row.id for row in await kernel.rows(OUTBOX)] == [second.id]
    assert [row.event_id for row in await kernel.rows(DEAD_LETTERS)] == ["e2"]


async def test_audit_rows_are_archived_first(kernel: Kernel, tmp_path: Path) -> None:
    await announce_and_deliver(kernel, "a")
    async with kernel.transactions.begin() as unit:
        await replay_events(unit, DECISION, subject="a", since=None, until=None)
    (noted,) = await kernel.rows(QUEUE_ACTIONS)
    kernel.clock.advance(timedelta(days=366).total_seconds())
    await prune(kernel, tmp_path)
    assert await kernel.rows(QUEUE_ACTIONS) == []
    (line,) = (tmp_path / "tests" / "queue_actions.jsonl").read_text().splitlines()
    archived = json.loads(line)
    assert (archived["id"], archived["actor"], archived["action"]) == (noted.id, "usr_admin", "REPLAY")
    assert archived["occurred_at"] == noted.occurred_at.isoformat()


async def test_an_archive_that_cannot_be_written_keeps_the_rows_and_the_other_rules_go_on(
    kernel: Kernel, tmp_path: Path
) -> None:
    await announce_and_deliver(kernel, "a")
    async with kernel.transactions.begin() as unit:
        await replay_events(unit, DECISION, subject="a", since=None, until=None)
    await announce_and_deliver(kernel)
    kernel.clock.advance(timedelta(days=366).total_seconds())
    in_the_way = tmp_path / "tests"
    in_the_way.write_text("")
    # The rule that fails is the first here: what comes after it is pruned all the same.
    pruning = Pruning(tmp_path, RULES[::-1])
    # The event and the row of its aggregate, and what the handler noted.
    assert await pruning.run(kernel.transactions) == 3
    assert len(await kernel.rows(QUEUE_ACTIONS)) == 1
    assert await kernel.rows(OUTBOX) == []
    assert pruning.counters.pruning_failures == 1
    # Not once for every batch of the others.
    assert await pruning.run(kernel.transactions) == 0
    assert pruning.counters.pruning_failures == 1
    in_the_way.unlink()
    kernel.clock.advance(PRUNE_SECONDS)
    assert await pruning.run(kernel.transactions) == 1
    assert await kernel.rows(QUEUE_ACTIONS) == []


async def test_batches_end_at_their_size(kernel: Kernel, tmp_path: Path) -> None:
    async with kernel.transactions.begin() as unit:
        row = {"caller": "c", "operation": "o", "input_hash": "h", "result": "r", "created_at": unit.now}
        await unit.session.execute(IDEMPOTENCY_KEYS.insert(), [row | {"key": str(number)} for number in range(2_500)])
    kernel.clock.advance(timedelta(days=8).total_seconds())
    pruning = Pruning(tmp_path)
    assert [await pruning.run(kernel.transactions) for _ in range(4)] == [1000, 1000, 500, 0]
