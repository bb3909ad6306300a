"""Personal values can be erased, and the chain still holds."""

from __future__ import annotations

import json

import pytest

from entrepot.shared.audit import SYSTEM, Actor, erase_personal, record
from entrepot.shared.audit.reading import AuditFilter, ReadEntry, page_entries
from entrepot.shared.audit.tables import AUDIT_LOG, AUDIT_PERSONAL
from entrepot.shared.pagination import read_page_request
from tests.support.audit import find_all, link_all, rename, tamper
from tests.support.kernel import Kernel

ADA = "usr_ada"
REGISTERED = {"after": {"email": "ada@example.com", "locale": "en"}, "before": None, "object_id": ADA}


async def read(kernel: Kernel, **wanted: str) -> list[ReadEntry]:
    async with kernel.database.read() as session:
        return list((await page_entries(session, read_page_request(), AuditFilter(**wanted))).items)


@pytest.fixture
async def registered(kernel: Kernel) -> Kernel:
    async with kernel.transactions.begin() as unit:
        await record(unit, rename(1, **REGISTERED, actor=Actor(ADA, (), None, "192.0.2.9")))
        await record(unit, rename(2, **(REGISTERED | {"object_id": "usr_bob"})))
    await link_all(kernel)
    return kernel


async def test_erasure_does_not_break_the_chain(registered: Kernel) -> None:
    (entry,) = await read(registered, object_id=ADA)
    assert (entry.after, entry.address) == ('{"email":"ada@example.com","locale":"en"}', "192.0.2.9")
    before = await registered.rows(AUDIT_LOG)
    async with registered.transactions.begin() as unit:
        assert await erase_personal(unit, ADA, SYSTEM, "asked by letter") == 2
    await link_all(registered)
    assert await find_all(registered.database) == []
    assert (await registered.rows(AUDIT_LOG))[:2] == before
    erasure, entry = await read(registered, object_id=ADA)
    assert entry.after is not None
    assert (json.loads(entry.after), entry.address) == ({"email": {"erased": True}, "locale": "en"}, None)
    assert (erasure.row.action, erasure.after, erasure.row.reason) == (
        "erasePersonalData",
        '{"values":2}',
        "asked by letter",
    )
    assert {row.subject for row in await registered.rows(AUDIT_PERSONAL)} == {"usr_bob", "usr_alice"}


async def test_who_erases_their_own_data_leaves_no_address(registered: Kernel) -> None:
    async with registered.transactions.begin() as unit:
        await erase_personal(unit, ADA, Actor(ADA, (), None, "192.0.2.9"))
    assert ADA not in {row.subject for row in await registered.rows(AUDIT_PERSONAL)}


async def test_a_personal_value_that_was_changed_removed_or_added(registered: Kernel) -> None:
    of_ada = f"WHERE subject = '{ADA}' AND place = 'after.email'"
    for change, message in (
        (f"UPDATE audit_personal SET value = '\"x\"' {of_ada}", "is not the one"),
        (f"UPDATE audit_personal SET subject = 'usr_x' {of_ada}", "is not the one"),
        ("DELETE FROM audit_personal WHERE value = '\"x\"'", "no erasure is recorded"),
    ):
        await tamper(registered.database, change)
        (finding,) = await find_all(registered.database)
        assert (str(finding.kind), finding.position) == ("personal", 1)
        assert message in finding.message
    await tamper(
        registered.database,
        "INSERT INTO audit_personal (entry_id, place, subject, salt, value) "
        "SELECT id, 'after.locale', 'usr_bob', 'x', '\"x\"' FROM audit_log WHERE object_id = 'usr_bob'",
    )
    messages = [each.message for each in await find_all(registered.database)]
    assert len(messages) == 2
    assert "was added later" in messages[1]


async def test_an_erasure_covers_what_was_recorded_before_it(registered: Kernel) -> None:
    async with registered.transactions.begin() as unit:
        await erase_personal(unit, ADA)
    async with registered.transactions.begin() as unit:
        await record(unit, rename(3, **REGISTERED))
    await link_all(registered)
    assert await find_all(registered.database) == []
    await tamper(registered.database, f"DELETE FROM audit_personal WHERE subject = '{ADA}'")
    (finding,) = await find_all(registered.database)
    assert "no erasure is recorded" in finding.message
