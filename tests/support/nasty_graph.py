"""A schema made to be nasty, for two engines: every way to declare a field, every way in which one can fail.

A value is a function of the object, the field and the arguments alone, so that both engines meet the same values,
nulls, exceptions and values that their type refuses, in whatever order they ask.
"""

from __future__ import annotations

import asyncio
import enum
import math
import random
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Self

import strawberry
from aiodataloader import DataLoader
from strawberry.types import Info

from entrepot.shared.graphql.execution import batch_field

FAULTS: ContextVar[float] = ContextVar("FAULTS", default=0.0)
"""How likely it is that a value is no good."""


class _Wrong:
    def __repr__(self) -> str:
        return "WRONG"


WRONG = _Wrong()
"""A value that hardly any type takes."""


class Broken(Exception):
    """What a resolver of the test raises."""


@strawberry.enum
class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@strawberry.input
class Offset:
    by: int = 0
    times: list[int] | None = None
    colour: Colour = Colour.RED


class Draw:
    """The random choices of one field of one object."""

    def __init__(self, identity: str, field: str) -> None:
        self.random = random.Random(f"{identity}.{field}")
        self.identity = f"{identity}.{field}"

    def value(self, make: Callable[[random.Random], Any], wrong: Any = WRONG) -> Any:
        """A value, or with the probability of `FAULTS` a null, an exception raised or returned, or a wrong value."""
        dice = self.random.random()
        faults = FAULTS.get()
        if dice < faults * 0.35:
            raise Broken(self.identity)
        if dice < faults * 0.6:
            return None
        if dice < faults * 0.8:
            return Broken(f"{self.identity} returned")
        if dice < faults:
            return wrong
        return make(self.random)


def _number(source: random.Random) -> int:
    return source.randint(-5, 1000)


def _text(source: random.Random) -> str:
    return "".join(source.choices('aÄ€😀"\\\n ', k=source.randint(0, 5)))


def _things(identity: str) -> Callable[[random.Random], list[Thing | None]]:
    def make(source: random.Random) -> list[Thing | None]:
        things: list[Thing | None] = [
            _thing(f"{identity}{position}", source) for position in range(source.randint(0, 3))
        ]
        if things and source.random() < FAULTS.get():
            things[source.randrange(len(things))] = None
        return things

    return make


def _thing(identity: str, source: random.Random) -> Thing:
    return source.choice((Box, Ball))(id=strawberry.ID(identity))


class ThingLoader(DataLoader[str, Any]):
    async def batch_load_fn(self, keys: list[str]) -> list[Any]:
        await asyncio.sleep(0)
        return [
            _caught(lambda key=key: Draw(key, "loaded").value(lambda source: _thing(key + "L", source))) for key in keys
        ]  # type: ignore[misc]


def _caught(make: Callable[[], Any]) -> Any:
    try:
        return make()
    except Broken as error:
        return error


@dataclass(frozen=True)
class Promise:
    """What a list waits for; an execution that gives the list up may leave it, unlike a coroutine."""

    thing: Thing
    position: int

    def __await__(self) -> Generator[Any, None, Any]:
        return self._keep().__await__()

    async def _keep(self) -> Any:
        await asyncio.sleep(0)
        return self.thing._draw(f"promised{self.position}").value(_text)


@strawberry.interface
class Thing:
    id: strawberry.ID

    @property
    def _draw(self) -> Callable[[str], Draw]:
        return lambda field: Draw(self.id, field)

    @strawberry.field
    def name(self) -> str | None:
        return self._draw("name").value(_text)

    @strawberry.field
    def count(self) -> int:
        return self._draw("count").value(_number, wrong=2**40)

    @strawberry.field
    def ratio(self) -> float | None:
        return self._draw("ratio").value(lambda source: source.choice((1, 0.5, -3.25)), wrong=math.nan)

    @strawberry.field
    def colour(self) -> Colour:
        return self._draw("colour").value(lambda source: source.choice([*Colour]), wrong="green")

    @strawberry.field
    def price(self) -> Decimal | None:
        return self._draw("price").value(lambda source: Decimal(source.randint(0, 99)) / 10)

    @strawberry.field
    def flag(self) -> bool | None:
        return self._draw("flag").value(lambda source: source.random() < 0.5, wrong="yes")

    @strawberry.field
    def tags(self) -> list[str] | None:
        return self._draw("tags").value(lambda source: ["x"] * source.randint(0, 2), wrong=[None])

    @strawberry.field
    def grid(self) -> list[list[int | None]]:
        return self._draw("grid").value(lambda source: [[_number(source), None], [], (1,)], wrong=[[1], None, 5])

    @strawberry.field
    def shifted(self, by: int = 1, offset: Offset | None = None, colour: Colour = Colour.BLUE) -> str:
        given = None if offset is None else (offset.by, offset.times, offset.colour.name)
        return self._draw(f"shifted{by}{given}{colour.name}").value(lambda source: f"{_number(source)}{by}{given}")

    @strawberry.field
    def lazily(self) -> list[int]:
        def generate() -> Iterator[int]:
            yield 1
            if self._draw("lazily").random.random() < FAULTS.get():
                raise Broken("lazily")
            yield 2

        return generate()  # type: ignore[return-value]  # GraphQL takes any iterable

    @strawberry.field
    async def later(self) -> str | None:
        if self._draw("later?").random.random() < 0.5:
            await asyncio.sleep(0)
        return self._draw("later").value(_text)

    @strawberry.field
    def streamed(self) -> list[int] | None:
        async def generate() -> AsyncIterator[int]:
            yield 1
            await asyncio.sleep(0)
            yield 2

        return generate()  # type: ignore[return-value]  # GraphQL takes an asynchronous iterable

    @strawberry.field
    def promised(self) -> list[str | None]:
        return [Promise(self, 0), "now", Promise(self, 1)]  # type: ignore[list-item]  # GraphQL takes awaitable items

    @strawberry.field
    async def loaded(self, info: Info) -> Thing | None:
        # Shielded: graphql-core cancels what it gives up, and with a future of the loader's all that wait for it.
        return await asyncio.shield(info.context["things"].load(self.id))

    @strawberry.field
    def parent(self) -> Thing | None:
        return self._draw("parent").value(lambda source: _thing(self.id + "P", source), wrong="nothing")

    @strawberry.field
    async def children(self) -> list[Thing]:
        return self._draw("children").value(_things(self.id + "C"))

    @strawberry.field
    def some_children(self) -> list[Thing | None] | None:
        return self._draw("someChildren").value(_things(self.id + "S"), wrong=7)

    @batch_field
    async def batched(things: list[Self], info: Info, colour: Colour = Colour.RED) -> list[Thing | None]:  # noqa: N805 the objects
        await asyncio.sleep(0)
        return [
            _caught(lambda one=one: Draw(one.id, f"batched{colour}").value(lambda source: _thing(one.id + "B", source)))  # type: ignore[misc]
            for one in things
        ]

    @batch_field
    def numbers(things: list[Self]) -> list[list[int]]:  # noqa: N805 the objects
        return [
            _caught(lambda one=one: Draw(one.id, "numbers").value(lambda source: [_number(source)] * 2))
            for one in things
        ]  # type: ignore[misc]


@strawberry.type
class Box(Thing):
    @strawberry.field
    def width(self) -> int | None:
        return self._draw("width").value(_number)

    @strawberry.field
    def content(self) -> Annotated[Box | Ball, strawberry.union("Content")] | None:
        return self._draw("content").value(lambda source: _thing(self.id + "I", source))

    @strawberry.field
    def boxes(self) -> list[Box]:
        return self._draw("boxes").value(lambda source: [Box(id=strawberry.ID(self.id + "X"))] * source.randint(0, 2))


@strawberry.type
class Ball(Thing):
    @strawberry.field
    def weight(self) -> int:
        return self._draw("weight").value(_number)

    @strawberry.field
    async def twin(self) -> Ball:
        return self._draw("twin").value(lambda _: Ball(id=strawberry.ID(self.id + "T")))


@strawberry.type
class Query:
    @strawberry.field
    def things(self, count: int = 3) -> list[Thing]:
        return [_thing(f"t{position}", random.Random(position)) for position in range(count)]

    @strawberry.field
    async def thing(self, id: strawberry.ID) -> Thing | None:  # noqa: A002 the argument's name
        return Draw(id, "root").value(lambda source: _thing(id, source))

    @strawberry.field
    def box(self, id: strawberry.ID = strawberry.ID("b")) -> Box:  # noqa: A002, B008
        return Draw(id, "box").value(lambda _: Box(id=id))


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def add(self, info: Info, number: int) -> int | None:
        info.context["log"].append(number)
        await asyncio.sleep(0)
        return Draw(str(number), "add").value(lambda _: number)

    @strawberry.mutation
    def make(self, info: Info, id: strawberry.ID) -> Thing | None:  # noqa: A002
        info.context["log"].append(id)
        return Draw(id, "make").value(lambda source: _thing(id, source))


SCHEMA = strawberry.Schema(query=Query, mutation=Mutation, types=[Box, Ball])


def build_context() -> dict[str, Any]:
    return {"things": ThingLoader(), "log": []}
