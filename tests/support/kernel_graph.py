"""A small graph on the kernel: something of everything that subgraphs declare."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import strawberry
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.federation.schema_directives import Authenticated
from strawberry.types import Info

from entrepot.shared.auth import Principal
from entrepot.shared.errors import InvalidInput, NotFound, RateLimited
from entrepot.shared.events import UnitOfWork, follow
from entrepot.shared.graphql import (
    Context,
    CurrencyCode,
    Long,
    Once,
    Shows,
    SubgraphSchema,
    by_id,
    derived,
    entity,
    find,
    mutation,
)
from tests.support.kernel import EFFECTS, ThingChanged, note_effect

READER = Principal(user_id="usr_1", scopes=frozenset({"notes:read"}))
SECRET = "the password is swordfish"


@dataclass
class Row:
    what: str
    times: int


async def read_notes(session: AsyncSession, keys: Sequence[str]) -> dict[str, list[Row]]:
    """How often each thing was noted."""
    if "poison" in keys:
        raise RuntimeError(SECRET)
    counted = select(EFFECTS.c.what, func.count()).where(EFFECTS.c.what.in_(keys)).group_by(EFFECTS.c.what)
    return {what: [Row(what, times)] for what, times in (await session.execute(counted)).all()}


async def read_notes_by_other_key(session: AsyncSession, keys: Sequence[str]) -> dict[str, list[Row]]:
    """The same by another key."""
    return await read_notes(session, keys)


@entity({"id": read_notes, "other_key": read_notes_by_other_key})
class Note:
    id: strawberry.ID = derived(lambda row: row.what)
    other_key: str = derived(lambda row: row.what)
    times: int


@strawberry.federation.type(keys=["id"])
class Broken:
    id: strawberry.ID

    @classmethod
    async def resolve_references(cls, _context: Any, _representations: Any) -> Sequence[Any]:
        raise RuntimeError(SECRET)


@strawberry.federation.type(keys=["id"])
class Short:
    id: strawberry.ID

    @classmethod
    async def resolve_references(cls, _context: Any, _representations: Any) -> Sequence[Any]:
        return [None]


@strawberry.federation.interface
class Guarded:
    plain: str
    hidden: str = strawberry.federation.field(requires_scopes=[["notes:read"]])


@strawberry.federation.type
class Box(Guarded):
    plain: str = "plain"
    hidden: str = "hidden"


@strawberry.federation.type(authenticated=True)
class Drawer:
    content: str = "socks"


@strawberry.input
class FilterInput:
    text: str | None = None
    size: int | None = None
    order: str = "up"


@strawberry.type
class Query:
    @strawberry.field
    def long(self, value: Long | None = None) -> Long | None:
        return value

    @strawberry.field
    def decimal(self, value: Decimal) -> Decimal:
        return value

    @strawberry.field
    def currency(self, value: CurrencyCode) -> CurrencyCode:
        return value

    @strawberry.field
    def search(self, text: str | None = None, filter: FilterInput | None = None, first: int = 5) -> str:  # noqa: A002 - the name in the schema
        return repr((text, filter and (filter.text, filter.size, filter.order), first))

    @strawberry.field
    def boom(self) -> str | None:
        raise RuntimeError(SECRET)

    @strawberry.field
    def unprintable(self) -> int | None:
        return SECRET  # type: ignore[return-value]  # the fault

    @strawberry.field
    def too_long(self) -> Long | None:
        return 1.5  # type: ignore[return-value]  # the fault

    @strawberry.field
    def missing(self) -> str | None:
        raise NotFound("note", "x")

    @strawberry.field
    def busy(self) -> str | None:
        raise RateLimited(3)

    @strawberry.field
    async def note(self, info: Info[Context[None], None], what: str) -> Note | None:
        return await find(info.context, Note, id=what)

    @strawberry.federation.field(authenticated=True)
    def mine(self, info: Info[Context[None], None]) -> str | None:
        return info.context.principal.user_id

    @strawberry.federation.field(requires_scopes=[["notes:read"], ["notes:write", "notes:admin"]])
    async def scoped(self) -> str | None:
        return "scoped"

    @strawberry.field
    def drawer(self) -> Drawer | None:
        return Drawer()

    @strawberry.field
    def drawers(self) -> list[Drawer]:
        return [Drawer()]

    @strawberry.field
    def box(self) -> Box | None:
        return Box()

    @strawberry.field
    def guarded(self) -> Guarded | None:
        return Box()


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """Take a note."""

    what: str
    """What is noted; never nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOnce(Take):
    """Take a note, once for each key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Announce a thing."""

    thing: str
    """What is announced."""


async def take_note(unit: UnitOfWork[None], command: Take) -> Row | InvalidInput:
    """The note; refuses to note nothing, and notes a whisper all the same while it refuses it."""
    what = command.what
    if not what:
        raise InvalidInput("Say something.", path=["what"])
    if what == "nowhere":
        raise NotFound("note", what)
    await note_effect(unit, what)
    unit.notify(what)
    return InvalidInput("Speak up.", path=["what"]) if what == "a whisper" else Row(what, 1)


async def take_note_once(unit: UnitOfWork[None], command: TakeOnce) -> Row | InvalidInput:
    return await take_note(unit, command)


async def reload_note(_unit: UnitOfWork[None], what: str) -> Row:
    return Row(what, 1)


async def announce(unit: UnitOfWork[None], command: Announce) -> str:
    unit.publish(ThingChanged(thing_id=command.thing, number=1))
    return command.thing


_SHOWS = {"note": Shows(Note, "The note")}

MUTATIONS = (
    mutation(announce, shows={"thing": Shows(str, "What was announced")}),
    mutation(take_note, shows=_SHOWS, refuses=[InvalidInput]),
    mutation(
        take_note_once,
        shows=_SHOWS,
        refuses=[InvalidInput],
        once=Once(lambda row: row.what, by_id(reload_note)),
    ),
)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def noted(self, info: Info[Context[None], None], what: str, until: int) -> AsyncIterator[Note]:
        """How often it was noted, whenever that changes; read by the loader, as an entity would be."""
        context = info.context
        last = 0

        async def read_news() -> Sequence[Note]:
            nonlocal last
            note = await find(context, Note, id=what)
            context.forget()
            if note is None or note.times == last:
                return []
            last = note.times
            return [note]

        async for note in follow(
            context.fan_out, context.environment.clock, what, read_news, lambda it: it.times >= until
        ):
            yield note

    @strawberry.subscription
    async def seen(self, info: Info[Context[None], None], what: str) -> AsyncIterator[Seen]:
        for _ in range(3):
            yield Seen(what=what)
            async with info.context.transactions.begin() as unit:
                await note_effect(unit, what)

    @strawberry.subscription
    async def breaks(self) -> AsyncIterator[int]:
        yield 1
        raise RuntimeError(SECRET)

    @strawberry.subscription(directives=[Authenticated()])
    async def private(self) -> AsyncIterator[int]:
        yield 1

    @strawberry.subscription
    async def drawn(self) -> AsyncIterator[Drawer]:
        yield Drawer()


@strawberry.type
class Seen:
    """What an event's own fields read is what is true at the event."""

    what: str

    @strawberry.field
    async def times(self, info: Info[Context[None], None]) -> int:
        note = await find(info.context, Note, id=self.what)
        return note.times if note else 0


SCHEMA = SubgraphSchema(query=Query, mutations=MUTATIONS, subscription=Subscription, types=[Note, Broken, Short])
