"""Entries are written with the change that they report, and nothing changes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from entrepot.shared.audit import SYSTEM, Actor, AuditEntry, record
from entrepot.shared.audit.tables import AUDIT_LOG, AUDIT_PERSONAL
from entrepot.shared.audit.values import MAX_TEXT
from entrepot.shared.auth import Caller, Principal
from entrepot.shared.telemetry import Trace, bind_trace
from tests.support.audit import ALICE, link_all, rename, write_entries
from tests.support.kernel import Kernel, note_effect


async def test_an_entry_says_who_what_when_and_from_where(kernel: Kernel) -> None:
    trace = Trace("req-1", "a" * 32, "b" * 16)
    with bind_trace(trace):
        async with kernel.transactions.begin() as unit:
            (entry_id,) = await record(unit, rename(1, reason="a typo"))
    (row,) = await kernel.rows(AUDIT_LOG)
    assert (row.id, row.occurred_at, row.actor, row.scopes) == (
        entry_id,
        unit.now,
        "usr_alice",
        "orders:cancel orders:read",
    )
    assert (row.action, row.object_type, row.object_id, row.reason) == ("renameThing", "Thing", "thg_1", "a typo")
    assert (row.request_id, row.trace_id) == ("req-1", "a" * 32)
    assert (json.loads(row.before), json.loads(row.after)) == ({"title": "old"}, {"title": "new 1"})
    assert "192.0.2.7" not in str(row)
    (address,) = await kernel.rows(AUDIT_PERSONAL)
    assert (address.place, address.subject, address.value) == ("client_address", "usr_alice", '"192.0.2.7"')


async def test_an_entry_is_rolled_back_with_its_change(kernel: Kernel) -> None:
    async def fail() -> None:
        async with kernel.transactions.begin() as unit:
            await note_effect(unit, "something")
            await record(unit, rename(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert (await kernel.effects(), await kernel.rows(AUDIT_LOG), await kernel.rows(AUDIT_PERSONAL)) == ([], [], [])


async def test_values_of_any_kind(kernel: Kernel) -> None:
    before = {"price": Decimal("1.50"), "tags": ["a"], "same": 1}
    after = {"price": Decimal("2.50"), "at": datetime(2026, 1, 1, tzinfo=UTC), "same": 1, "text": "x" * (MAX_TEXT + 1)}
    async with kernel.transactions.begin() as unit:
        await record(unit, rename(1, before=before, after=after, actor=SYSTEM))
    (row,) = await kernel.rows(AUDIT_LOG)
    assert json.loads(row.before) == {"price": "1.50", "tags": ["a"]}
    written = json.loads(row.after)
    assert written.pop("text")["characters"] == MAX_TEXT + 1
    assert written == {"price": "2.50", "at": "2026-01-01T00:00:00Z"}
    assert (row.client_address, row.scopes) == (None, "")


async def test_personal_and_secret_values_are_not_in_the_entry(kernel: Kernel) -> None:
    after = {
        "displayName": "Ada Lovelace",
        "shipping_address": {"street": "Baker Street"},
        "note": "call Ada",
        "newPassword": "swordfish",
        "lines": [{"email": "ada@example.com", "quantity": 2}],
    }
    entry = AuditEntry(actor=SYSTEM, action="a", object_type="User", object_id="usr_1", after=after, personal=["note"])
    async with kernel.transactions.begin() as unit:
        await record(unit, entry)
    (row,) = await kernel.rows(AUDIT_LOG)
    assert [word for word in ("Ada", "Baker", "swordfish", "example.com") if word in str(row)] == []
    assert json.loads(row.after)["newPassword"] == {"secret": True}
    assert json.loads(row.after)["lines"][0]["quantity"] == 2
    kept = {value.place: json.loads(value.value) for value in await kernel.rows(AUDIT_PERSONAL)}
    assert kept == {
        "after.displayName": "Ada Lovelace",
        "after.shipping_address": {"street": "Baker Street"},
        "after.note": "call Ada",
        "after.lines.0.email": "ada@example.com",
    }


@pytest.mark.parametrize("table", ["audit_log", "audit_chain", "audit_personal"])
async def test_tables_are_append_only(kernel: Kernel, table: str) -> None:
    await write_entries(kernel, 1)
    await link_all(kernel)
    column = {"audit_log": "reason", "audit_chain": "hash", "audit_personal": "value"}[table]
    changes = [f"UPDATE {table} SET {column} = 'x'"]
    # Erasure deletes personal values.
    changes += [f"DELETE FROM {table}"] if table != "audit_personal" else []
    changes += [] if kernel.database.is_sqlite else [f"TRUNCATE {table}"]
    for change in changes:
        with pytest.raises(DBAPIError, match="append-only"):
            async with kernel.database.write() as session:
                await session.execute(text(change))


def test_the_caller_of_a_request() -> None:
    principal = Principal(user_id="usr_1", scopes=frozenset({"b:c", "a:b"}))
    assert Actor.of(Caller(principal, "192.0.2.1")) == Actor("usr_1", ("a:b", "b:c"), None, "192.0.2.1")
    assert Actor.of(Caller(Principal())).id == "anonymous"
    assert ALICE.impersonator is None
