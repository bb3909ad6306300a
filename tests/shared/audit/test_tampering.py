"""What somebody changes behind the triggers is found, also at the end of the chain."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from entrepot.shared.audit import Chaining
from entrepot.shared.audit.chaining import build_links
from entrepot.shared.audit.tables import AUDIT_CHAIN, AUDIT_LOG
from tests.support.audit import KEY, SOURCE, find_all, kinds_of, link_all, read_outside, tamper, write_entries
from tests.support.kernel import Kernel

COUNT = 6
ENTRY = "(SELECT entry_id FROM audit_chain WHERE position = {0})"
COPY = (
    "INSERT INTO audit_log (transaction_id, id, occurred_at, actor, scopes, action, object_type, object_id, sequence) "
    "SELECT transaction_id, 'aud_false', occurred_at, 'usr_mallory', '', action, object_type, object_id, {0} "
    "FROM audit_log WHERE id = " + ENTRY.format(3)
)


@pytest.fixture
async def chained(kernel: Kernel) -> Kernel:
    await write_entries(kernel, *range(1, COUNT + 1))
    await link_all(kernel, Chaining(KEY))
    assert await find_all(kernel.database, key=KEY) == []
    return kernel


@pytest.mark.parametrize("column", ["actor", "after", "occurred_at", "reason", "scopes", "client_address"])
@pytest.mark.parametrize("position", [1, 3, COUNT])
async def test_a_changed_entry(chained: Kernel, column: str, position: int) -> None:
    values = {"occurred_at": "'2020-01-01 00:00:00.000000'", "after": '\'{"title":"x"}\'', "client_address": "NULL"}
    change = f"UPDATE audit_log SET {column} = {values.get(column, repr('x'))} WHERE id = {ENTRY.format(position)}"
    await tamper(chained.database, change)
    found = await kinds_of(chained.database, key=KEY)
    assert found[0] == ("changed", position)
    assert {place for _, place in found} == {position}


@pytest.mark.parametrize("position", [1, 3, COUNT])
async def test_a_removed_entry(chained: Kernel, position: int) -> None:
    await tamper(chained.database, f"DELETE FROM audit_log WHERE id = {ENTRY.format(position)}")
    assert await kinds_of(chained.database, key=KEY) == [("removed", position)]


@pytest.mark.parametrize("position", [1, 3, COUNT])
async def test_a_removed_entry_with_its_link(chained: Kernel, position: int) -> None:
    await tamper(
        chained.database,
        f"DELETE FROM audit_log WHERE id = {ENTRY.format(position)}",
        f"DELETE FROM audit_chain WHERE position = {position}",
    )
    assert await kinds_of(chained.database, key=KEY) == [("removed", position)]


async def test_a_removed_link(chained: Kernel) -> None:
    await tamper(chained.database, "DELETE FROM audit_chain WHERE position = 3")
    assert await kinds_of(chained.database, key=KEY) == [("removed", 3), ("inserted", None)]


async def test_an_inserted_entry(chained: Kernel) -> None:
    """In front of the newest link on PostgreSQL; on SQLite the sequence decides, and the highest are taken."""
    sequence = "0 - 5" if chained.database.is_sqlite else "1000000"
    await tamper(chained.database, COPY.format(sequence))
    found = await find_all(chained.database, key=KEY, page=2)
    assert [(str(each.kind), each.entry_id) for each in found] == [("inserted", "aud_false")]
    # The job leaves it alone.
    assert await link_all(chained, Chaining(KEY)) == 0


async def test_an_inserted_entry_that_is_linked_at_the_end(chained: Kernel) -> None:
    """With a link of the right form; only the key of the head is missing."""
    await tamper(chained.database, COPY.format("0 - 5" if chained.database.is_sqlite else "1000000"))
    async with chained.database.write() as session:
        newest = (await session.execute(select(AUDIT_CHAIN).where(AUDIT_CHAIN.c.position == COUNT))).one()
        rows = (await session.execute(select(AUDIT_LOG).where(AUDIT_LOG.c.id == "aud_false"))).all()
        (link,) = build_links(list(rows), newest, newest.epoch, SOURCE, chained.clock.now())
        await session.execute(AUDIT_CHAIN.insert(), link)
        await session.commit()
    assert await kinds_of(chained.database, key=KEY) == [("inserted", COUNT + 1), ("head", COUNT)]


async def test_reordered_entries(chained: Kernel) -> None:
    columns = ("entry_id", "digest", "transaction_id", "sequence")
    swap = [
        "CREATE TABLE swapped AS SELECT * FROM audit_chain WHERE position IN (2, 4)",
        "UPDATE audit_chain SET entry_id = 'x' WHERE position = 4",
    ]
    for here, there in ((2, 4), (4, 2)):
        given = ", ".join(f"{name} = (SELECT {name} FROM swapped WHERE position = {there})" for name in columns)
        swap.append(f"UPDATE audit_chain SET {given} WHERE position = {here}")
    await tamper(chained.database, *swap)
    assert await kinds_of(chained.database, key=KEY) == [("reordered", 2), ("reordered", 4)]


async def rewrite(kernel: Kernel, *, keep: int) -> None:
    """Link the first entries again as if they were all, and move the head: what an owner without the key can do."""
    async with kernel.database.read() as session:
        links = (await session.execute(select(AUDIT_CHAIN).order_by(AUDIT_CHAIN.c.position))).all()
        rows = (await session.execute(select(AUDIT_LOG).order_by(AUDIT_LOG.c.sequence))).all()
    fresh = build_links(list(rows[:keep]), None, 0, SOURCE, links[0].linked_at)
    await tamper(
        kernel.database,
        "DELETE FROM audit_chain",
        *(f"DELETE FROM audit_log WHERE id = '{row.id}'" for row in rows[keep:]),
        "UPDATE audit_head SET position = :position, hash = :hash",
        position=fresh[-1]["position"],
        hash=fresh[-1]["hash"],
    )
    async with kernel.database.write() as session:
        await session.execute(AUDIT_CHAIN.insert(), fresh)
        await session.commit()


async def test_a_chain_that_was_written_again(chained: Kernel) -> None:
    outside = await read_outside(chained.database)
    await tamper(chained.database, f"UPDATE audit_log SET actor = 'usr_mallory' WHERE id = {ENTRY.format(2)}")
    await rewrite(chained, keep=COUNT)
    # Without the key and the outside head it is as good as the first.
    assert await kinds_of(chained.database, checks_signature=False) == []
    assert await kinds_of(chained.database, key=KEY) == [("head", COUNT)]
    assert await kinds_of(chained.database, checks_signature=False, outside=outside) == [("head", COUNT)]


async def test_a_chain_that_was_cut_short(chained: Kernel) -> None:
    outside = await read_outside(chained.database)
    await rewrite(chained, keep=COUNT - 2)
    assert await kinds_of(chained.database, checks_signature=False) == []
    assert await kinds_of(chained.database, key=KEY) == [("head", COUNT - 2)]
    assert await kinds_of(chained.database, checks_signature=False, outside=outside) == [("removed", COUNT)]


@pytest.mark.parametrize("count", [1, COUNT])
async def test_a_removed_head_and_removed_links(chained: Kernel, count: int) -> None:
    await tamper(chained.database, f"DELETE FROM audit_chain WHERE position > {COUNT - count}")
    found = await kinds_of(chained.database, key=KEY)
    assert ("removed", COUNT) in found
    await tamper(chained.database, "DELETE FROM audit_head")
    assert await kinds_of(chained.database, key=KEY) == ([] if count == COUNT else [("head", COUNT - count)])


async def test_a_chain_of_another_subgraph(chained: Kernel) -> None:
    async with chained.database.read() as session:
        from entrepot.shared.audit.verification import verify

        found = [each async for each in verify(session, "orders", key=KEY)]
    assert [(str(each.kind), each.position) for each in found] == [("reordered", 1), ("head", COUNT)]
