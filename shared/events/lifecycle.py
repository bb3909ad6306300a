"""One way to move an object from state to state: what its machine allows, who may, and what is written with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Generic, Protocol, TypeVar, cast

from sqlalchemy import ColumnElement, Update, update
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import changed_rows
from entrepot.shared.errors import Forbidden
from entrepot.shared.events.outbox.unit_of_work import UnitOfWork
from entrepot.shared.states import StateMachine, Transition

_UNSYNCHRONIZED: Final = {"synchronize_session": False}


class HasStatus(Protocol):
    """A row with a state."""

    status: Any
    updated_at: Any


R = TypeVar("R", bound=HasStatus)
S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Move(Generic[R, S]):
    """An object that has just moved; `reason` is a code."""

    row: R
    source: S
    target: S
    reason: str | None


Record = Callable[[UnitOfWork[Any], Move[R, S]], Awaitable[None]]
"""Writes what belongs to a move: its row of the history, its event, what else of the object follows from the state."""


@dataclass(frozen=True, slots=True)
class Lifecycle(Generic[R, S]):
    """A state machine and the table of the objects that it moves.

    `owner` reads whose an object is, for transitions that are open to owners. The version of a `Versioned` row is
    checked when the unit of work commits, and the audit log sees every change of an audited mutation.
    """

    machine: StateMachine[S]
    model: type[R]
    owner: Callable[[R], str | None] = lambda _row: None
    record: Record[R, S] | None = None

    async def move(self, unit: UnitOfWork[Any], row: R, target: S, *, reason: str | None = None) -> None:
        """Move the object and write what belongs to it.

        Raises InvalidTransition, and Forbidden for a transition that is not open to the caller; the system may take
        every one of the machine.
        """
        source = self.machine.states(row.status)
        transition = self.machine.check(source, target)
        if not self._may(unit, row, transition):
            raise Forbidden(f"You may not move this {self.machine.name.lower()} from {source} to {target}.")
        row.status = target
        row.updated_at = unit.now
        if self.record is not None:
            await self.record(unit, Move(row, source, target, reason))

    def moving(self, target: S, *guard: ColumnElement[bool], now: datetime, **values: Any) -> Update:
        """The UPDATE that moves the rows of the guard which are in a state that leads to the target."""
        status = cast("Any", self.model).status
        statement = update(self.model).where(*guard, status.in_(self.machine.sources_of(target)))
        return statement.values(status=target, updated_at=now, **values).execution_options(**_UNSYNCHRONIZED)

    async def move_where(
        self, session: AsyncSession, target: S, *guard: ColumnElement[bool], now: datetime, **values: Any
    ) -> bool:
        """Move the one row of the guard in one statement; False when it is in no state that leads to the target."""
        return changed_rows(await session.execute(self.moving(target, *guard, now=now, **values))) == 1

    def _may(self, unit: UnitOfWork[Any], row: R, transition: Transition[S]) -> bool:
        caller = unit.caller
        if caller.is_system or not (transition.scope or transition.by_owner):
            return True
        is_owner = caller.user_id is not None and self.owner(row) == caller.user_id
        return transition.is_open_to(caller.principal, is_owner=is_owner)
