"""A small graph on the kernel: something of everything that subgraphs declare."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.federation.schema_directives import Authenticated
from strawberry.types import Info

from entrepot.shared.auth import Principal
from entrepot.shared.errors import InvalidInput, NotFound, RateLimited
from entrepot.shared.events import UnitOfWork, follow
from entrepot.shared.graphql import (
    BatchLoader,
    Context,
    CurrencyCode,
    IdempotencyConflictError,
    InvalidInputError,
    Long,
    Representation,
    StaleVersionError,
    SubgraphSchema,
    mutate,
    mutate_once,
    resolve_by_key,
)
from tests.support.kernel import EFFECTS, ThingChanged, note_effect

READER = Principal(user_id="usr_1", scopes=frozenset({"notes:read"}))
SECRET = "the password is swordfish"


@dataclass
class Row:
    what: str
    times: int


class NoteLoader(BatchLoader[str, "Row | None"]):
    """How often each thing was noted."""

    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[Row | None]:
        if "poison" in keys:
            raise RuntimeError(SECRET)
        counted = select(EFFECTS.c.what, func.count()).where(EFFECTS.c.what.in_(keys)).group_by(EFFECTS.c.what)
        found = {what: Row(what, times) for what, times in (await session.execute(counted)).all()}
        return [found.get(key) for key in keys]


class OtherNoteLoader(NoteLoader):
    """The same by another key."""


@strawberry.federation.type(keys=["id", "otherKey"])
class Note:
    id: strawberry.ID
    other_key: str
    times: int

    @classmethod
    def of(cls, row: Row) -> Note:
        return cls(id=strawberry.ID(row.what), other_key=row.what, times=row.times)

    @classmethod
    async def resolve_references(
        cls, context: Context[Any], representations: Sequence[Representation]
    ) -> Sequence[Note | None]:
        loaders = {"id": NoteLoader, "other_key": OtherNoteLoader}
        return await resolve_by_key(context, representations, loaders, Note.of)


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
        row = await info.context.loader(NoteLoader).load(what)
        return None if row is None else Note.of(row)

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


@strawberry.input
class NoteInput:
    what: str
    idempotency_key: str = ""


@strawberry.type
class NotePayload:
    note: Note | None = None
    errors: list[
        Annotated[InvalidInputError | IdempotencyConflictError | StaleVersionError, strawberry.union("NoteError")]
    ] = strawberry.field(default_factory=list)


async def take_note(unit: UnitOfWork[None], what: str) -> Row:
    if not what:
        raise InvalidInput("Say something.", path=["what"])
    if what == "nowhere":
        raise NotFound("note", what)
    await note_effect(unit, what)
    unit.notify(what)
    return Row(what, 1)


async def reload_note(_unit: UnitOfWork[None], what: str) -> Row:
    return Row(what, 1)


def payload_of(row: Row) -> NotePayload:
    return NotePayload(note=Note.of(row))


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def announce(self, info: Info[Context[None], None], thing: str) -> bool:
        async with info.context.transactions.begin() as unit:
            unit.publish(ThingChanged(thing_id=thing, number=1))
        return True

    @strawberry.mutation
    async def take(self, info: Info[Context[None], None], input: NoteInput) -> NotePayload:  # noqa: A002 - as everywhere
        return await mutate(info.context, NotePayload, lambda unit: take_note(unit, input.what), payload_of)

    @strawberry.mutation
    async def take_once(self, info: Info[Context[None], None], input: NoteInput) -> NotePayload:  # noqa: A002 - as everywhere
        return await mutate_once(
            info.context,
            NotePayload,
            lambda unit: take_note(unit, input.what),
            payload_of,
            operation="takeOnce",
            key=input.idempotency_key,
            given=input,
            identity=lambda row: row.what,
            reload=reload_note,
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
            row = await context.loader(NoteLoader).load(what)
            context.loaders.clear()
            if row is None or row.times == last:
                return []
            last = row.times
            return [Note.of(row)]

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
        row = await info.context.loader(NoteLoader).load(self.what)
        return row.times if row else 0


SCHEMA = SubgraphSchema(query=Query, mutation=Mutation, subscription=Subscription, types=[Note, Broken, Short])
