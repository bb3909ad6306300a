"""An operation is bounded by what it reads, ends with its client, and lets others have their turn."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, GraphQLError, parse

from entrepot.shared.graphql.departures import ClientGone, run_for_client
from entrepot.shared.graphql.errors import to_public
from entrepot.shared.graphql.execution import Engine
from entrepot.shared.graphql.execution.awaiting import GROUP, await_all
from entrepot.shared.graphql.execution.plan import AWAITED

READ: list[int] = []


@strawberry.type
class Item:
    depth: int

    @strawberry.field
    async def items(self) -> list[Item]:
        READ.append(self.depth)
        return [Item(depth=self.depth + 1) for _ in range(10)]


@strawberry.type
class Query:
    @strawberry.field
    def root(self) -> Item:
        return Item(depth=0)


SCHEMA: Any = strawberry.Schema(Query)


def nest(levels: int) -> str:
    return "{ root { " + "items { " * levels + "depth" + " }" * levels + " } }"


async def execute(query: str, **options: Any) -> ExecutionResult:
    READ.clear()
    engine = Engine(SCHEMA, **options)
    operation = engine.prepare(parse(query), None)
    assert operation is not None
    return await engine.execute(operation, None, None)


async def test_lists_in_lists_end_before_they_are_read() -> None:
    result = await execute(nest(6))
    assert result.data is None
    (error,) = result.errors or ()
    assert "reads more than 300000 values" in error.message
    assert to_public(error)["extensions"] == {"code": "COST_EXCEEDED"}
    # 1 + 10 + 100 + 1000 lists; 10,000 at a hundred each are too many.
    assert len(READ) == 1 + 10 + 100 + 1000


async def test_each_awaited_value_counts() -> None:
    # The root, and what is read of it; a list that is awaited, its entries, and a value of each.
    needed = 1 + 1 + AWAITED + 10 + 10
    assert (await execute(nest(1), max_values=needed)).errors is None
    assert isinstance((await execute(nest(1), max_values=needed - 1)).errors, list)


async def test_many_values_are_awaited_in_groups_in_their_order() -> None:
    others = 0
    is_over = False

    async def other() -> None:
        nonlocal others
        while not is_over:
            others += 1
            await asyncio.sleep(0)

    async def read(number: int) -> int:
        if number % 7 == 0:
            raise GraphQLError(str(number))
        return number

    serving = asyncio.create_task(other())
    answers = await await_all([read(number) for number in range(GROUP * 4 + 1)])
    is_over = True
    await serving
    assert [str(answer) for answer in answers] == [str(number) for number in range(GROUP * 4 + 1)]
    assert others >= 4


async def test_a_cancellation_ends_what_has_not_begun() -> None:
    begun: list[int] = []

    async def read(number: int) -> None:
        begun.append(number)
        await asyncio.Event().wait()

    work = asyncio.create_task(await_all([read(number) for number in range(GROUP * 3)]))
    while not begun:
        await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert begun == list(range(GROUP))


class TestClients:
    async def test_work_ends_when_its_client_leaves(self) -> None:
        gone = asyncio.Event()
        ended = asyncio.Event()

        async def receive() -> Any:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def work() -> None:
            try:
                gone.set()
                await asyncio.Event().wait()
            finally:
                ended.set()

        with pytest.raises(ClientGone):
            await run_for_client(work(), receive, patience=0)
        assert ended.is_set()

    async def test_what_is_done_before_is_given_and_nothing_goes_on_listening(self) -> None:
        listening = 0

        async def receive() -> Any:
            nonlocal listening
            listening += 1
            try:
                await asyncio.Event().wait()
            finally:
                listening -= 1

        async def work() -> int:
            while not listening:
                await asyncio.sleep(0)
            return 5

        assert await run_for_client(work(), receive, patience=0) == 5
        await asyncio.sleep(0)
        assert listening == 0

    async def test_timeouts_of_the_work_are_its_own(self) -> None:
        async def receive() -> Any:
            await asyncio.Event().wait()

        async def work() -> None:
            raise TimeoutError

        with pytest.raises(TimeoutError):
            await run_for_client(work(), receive)
