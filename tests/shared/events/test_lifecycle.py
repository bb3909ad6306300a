"""One way to move an object: its machine, who may, its version, and what is written with the move."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy import String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from entrepot.shared.auth import SYSTEM, Caller, Principal
from entrepot.shared.db import TableDefaults, TimestampMixin, Versioned, new_metadata
from entrepot.shared.errors import Forbidden, InvalidTransition
from entrepot.shared.events import UnitOfWork
from entrepot.shared.events.lifecycle import Lifecycle, Move
from entrepot.shared.states import StateMachine, Transition
from tests.support.kernel import Kernel, note_effect


class DoorStatus(StrEnum):
    OPEN = "OPEN"
    SHUT = "SHUT"
    LOCKED = "LOCKED"
    GONE = "GONE"


S = DoorStatus
DOOR = StateMachine(
    "Door",
    S.OPEN,
    [
        Transition(S.OPEN, S.SHUT, "doors:shut", by_owner=True),
        Transition(S.SHUT, S.LOCKED, "doors:lock"),
        Transition(S.SHUT, S.OPEN),
        Transition(S.LOCKED, S.GONE),
        Transition(S.OPEN, S.GONE),
    ],
)


class Base(TableDefaults, DeclarativeBase):
    metadata = new_metadata()


class Door(Versioned, TimestampMixin, Base):
    __tablename__ = "doors"

    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    owner_id: Mapped[str]
    status: Mapped[DoorStatus] = mapped_column(String(16))


async def record(unit: UnitOfWork[Any], move: Move[Door, DoorStatus]) -> None:
    await note_effect(unit, f"{move.row.id} {move.source} {move.target} {move.reason}")


DOORS = Lifecycle(DOOR, Door, owner=lambda door: door.owner_id, record=record)
ADA = Caller(Principal(user_id="ada"))
EVE = Caller(Principal(user_id="eve"))
PORTER = Caller(Principal(user_id="porter", scopes=frozenset({"doors:shut", "doors:lock"})))


@pytest.fixture
async def doors(kernel: Kernel) -> Kernel:
    async with kernel.database.write_schema() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
    async with kernel.transactions.begin() as unit:
        now: datetime = unit.now
        unit.session.add(Door(id="a", owner_id="ada", status=S.OPEN, created_at=now, updated_at=now))
    return kernel


async def move(kernel: Kernel, caller: Caller, target: DoorStatus, reason: str | None = None) -> Door:
    kernel.clock.advance(1)
    async with kernel.transactions.begin(caller) as unit:
        door = await unit.session.get(Door, "a")
        assert door is not None
        await DOORS.move(unit, door, target, reason=reason)
        return door


async def test_what_belongs_to_a_move_is_written_with_it(doors: Kernel) -> None:
    door = await move(doors, ADA, S.SHUT, "DRAUGHT")
    assert (door.status, door.updated_at, door.version) == (S.SHUT, doors.clock.now(), 2)
    assert await doors.effects() == ["a OPEN SHUT DRAUGHT"]


@pytest.mark.parametrize("caller", [ADA, PORTER, SYSTEM])
async def test_a_move_is_open_to_owners_to_scopes_and_to_the_system(doors: Kernel, caller: Caller) -> None:
    assert (await move(doors, caller, S.SHUT)).status is S.SHUT


async def test_a_move_is_closed_to_everybody_else(doors: Kernel) -> None:
    with pytest.raises(Forbidden, match="may not move this door from OPEN to SHUT"):
        await move(doors, EVE, S.SHUT)
    assert await doors.effects() == []


async def test_a_move_without_a_scope_follows_from_what_the_caller_may(doors: Kernel) -> None:
    await move(doors, EVE, S.GONE)
    assert await doors.effects() == ["a OPEN GONE None"]


async def test_the_machine_refuses_every_other_move(doors: Kernel) -> None:
    with pytest.raises(InvalidTransition, match="Door cannot go from OPEN to LOCKED; it can go to GONE, SHUT"):
        await move(doors, SYSTEM, S.LOCKED)
    assert await doors.effects() == []


async def test_an_object_that_somebody_else_has_moved_is_not_moved(doors: Kernel) -> None:
    async def move_late() -> None:
        async with doors.transactions.begin() as unit:
            door = await unit.session.get(Door, "a")
            assert door is not None
            await unit.session.execute(text("UPDATE doors SET version = 7"))
            await DOORS.move(unit, door, S.GONE)

    with pytest.raises(StaleDataError):
        await move_late()
    assert await doors.effects() == []


@pytest.mark.parametrize(("target", "found"), [(S.SHUT, (S.SHUT, 5)), (S.GONE, (S.GONE, 5)), (S.LOCKED, (S.OPEN, 1))])
async def test_a_row_is_moved_in_one_statement_from_where_the_machine_allows_it(
    doors: Kernel, target: DoorStatus, found: tuple[DoorStatus, int]
) -> None:
    async with doors.transactions.begin() as unit:
        guard = (Door.id == "a", Door.owner_id == "ada")
        moved = await DOORS.move_where(unit.session, target, *guard, now=unit.now, version=5)
        assert not await DOORS.move_where(unit.session, target, Door.id == "none", now=unit.now)
    async with doors.database.read() as session:
        door = await session.get(Door, "a")
    assert door is not None
    assert (door.status, door.version) == found
    assert moved is (found[1] == 5)
