"""Dead letters by filter, many at once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from entrepot.shared.audit import Actor
from entrepot.shared.audit.tables import AUDIT_LOG
from entrepot.shared.errors import InvalidInput
from entrepot.shared.events.inbox.inbox import add_dead_letter
from entrepot.shared.events.operations.administration import Decision
from entrepot.shared.events.operations.letters_in_bulk import (
    LetterFilter,
    count_letters,
    drop_letters,
    read_letters,
    retry_letters,
)
from entrepot.shared.events.tables import DEAD_LETTERS, QUEUE_ACTIONS
from tests.support.kernel import Kernel, ThingChanged

DECISION = Decision(Actor("usr_ada"), "they were test data")
HANDLERS = ("count", "show")


@pytest.fixture
async def letters(kernel: Kernel) -> Kernel:
    """Twelve: of two types, two handlers and three aggregates, a minute apart."""
    async with kernel.database.write() as session:
        for number in range(12):
            type_ = "kernel.thing.changed" if number % 4 else "kernel.thing.shown"
            event = ThingChanged(thing_id=f"thing {number % 3}", number=number)
            data = {"thing_id": event.thing_id, "number": f'x "type":"kernel.thing.hidden","time":{number}'}
            envelope = kernel.envelope(event, type=type_, data=data, id=f"evt_{number:02}")
            await add_dead_letter(
                session,
                event_id=envelope.id,
                handler=HANDLERS[number % 2],
                subject=envelope.subject,
                envelope=envelope.to_json(),
                reason="ValueError: bad",
                attempts=8,
                now=at(kernel, number),
            )
        await session.commit()
    return kernel


def at(kernel: Kernel, minute: int) -> datetime:
    return kernel.clock.now() + timedelta(minutes=minute)


async def found(kernel: Kernel, wanted: LetterFilter) -> list[int]:
    letters = [int(row.event_id[-2:]) async for row in read_letters(kernel.database, wanted)]
    async with kernel.database.read() as session:
        assert await count_letters(session, wanted) == len(letters)
    return letters


async def test_filters_by_type_handler_subject_and_age(letters: Kernel) -> None:
    assert await found(letters, LetterFilter()) == list(range(12))
    assert await found(letters, LetterFilter(type="kernel.thing.shown")) == [0, 4, 8]
    assert await found(letters, LetterFilter(type="kernel.thing.hidden")) == []
    assert await found(letters, LetterFilter(type="kernel%")) == []
    assert await found(letters, LetterFilter(handler="show")) == [1, 3, 5, 7, 9, 11]
    assert await found(letters, LetterFilter(subject="thing 2")) == [2, 5, 8, 11]
    assert await found(letters, LetterFilter(failed_since=at(letters, 10))) == [10, 11]
    assert await found(letters, LetterFilter(failed_before=at(letters, 2))) == [0, 1]
    assert await found(letters, LetterFilter(handler="count", subject="thing 2", failed_since=at(letters, 3))) == [8]


async def test_pages_read_all(letters: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrepot.shared.events.operations.letters_in_bulk.MAX_LETTERS", 5)
    assert await found(letters, LetterFilter()) == list(range(12))


async def test_retries_step_by_step(letters: Kernel) -> None:
    wanted = LetterFilter(type="kernel.thing.changed")
    steps = []
    for _ in range(4):
        async with letters.transactions.begin() as unit:
            result = await retry_letters(unit, DECISION, wanted, limit=4)
        steps.append((result.affected, result.remaining))
    assert steps == [(4, 5), (4, 1), (1, 0), (0, 0)]
    rows = await letters.rows(DEAD_LETTERS)
    assert [row.event_id for row in rows if row.retry_at is None] == ["evt_00", "evt_04", "evt_08"]
    async with letters.database.read() as session:
        assert await count_letters(session, LetterFilter(), is_retrying=True) == 9


async def test_drops_and_says_who_and_why(letters: Kernel) -> None:
    async with letters.transactions.begin() as unit:
        result = await drop_letters(unit, DECISION, LetterFilter(handler="show", subject="thing 1"))
    assert (result.affected, result.remaining) == (2, 0)
    dropped = [row for row in await letters.rows(DEAD_LETTERS) if row.dropped_at]
    assert [(row.event_id, row.drop_reason) for row in dropped] == [
        ("evt_01", DECISION.reason),
        ("evt_07", DECISION.reason),
    ]
    (action,) = await letters.rows(QUEUE_ACTIONS)
    assert (action.action, action.target) == ("DROP_DEAD_LETTERS", "handler=show subject=thing 1")
    assert (action.reason, action.actor, action.affected) == (DECISION.reason, "usr_ada", 2)
    async with letters.database.read() as session:
        assert list(await session.scalars(select(AUDIT_LOG.c.action))) == ["dropDeadLetters"]
    # A dropped one is out of every filter.
    assert await found(letters, LetterFilter(subject="thing 1")) == [4, 10]


async def test_refuses_what_is_not_meant(letters: Kernel) -> None:
    with pytest.raises(InvalidInput, match="offset from UTC"):
        LetterFilter(failed_before=datetime(2026, 1, 1))  # noqa: DTZ001 - that is what is refused
    async with letters.transactions.begin() as unit:
        with pytest.raises(InvalidInput, match="Say why"):
            await drop_letters(unit, Decision(Actor("usr_ada"), " "), LetterFilter())
        for limit in (0, 1_001):
            with pytest.raises(InvalidInput, match="Between 1 and 1000"):
                await retry_letters(unit, DECISION, LetterFilter(), limit)
    assert await found(letters, LetterFilter()) == list(range(12))
