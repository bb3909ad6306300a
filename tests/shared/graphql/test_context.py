"""Loaders: one a request, batched, never shared between requests."""

from __future__ import annotations

import asyncio

from entrepot.shared.auth import ANONYMOUS
from entrepot.shared.graphql import Context
from tests.support.kernel import Kernel, note_effect
from tests.support.kernel_graph import NoteLoader, OtherNoteLoader


def context_of(kernel: Kernel) -> Context[None]:
    return Context(ANONYMOUS, kernel.transactions, kernel.fan_out)


async def test_a_request_has_one_loader_of_a_kind(kernel: Kernel) -> None:
    context = context_of(kernel)
    assert context.loader(NoteLoader) is context.loader(NoteLoader)
    assert context.loader(NoteLoader) is not context.loader(OtherNoteLoader)
    assert context.loader(NoteLoader) is not context_of(kernel).loader(NoteLoader)
    assert (context.database, context.environment, context.dependencies) == (kernel.database, kernel.environment, None)


async def test_loads_are_batched_and_remembered(kernel: Kernel) -> None:
    async with kernel.transactions.begin() as unit:
        for what in "ab":
            await note_effect(unit, what)
    loader = context_of(kernel).loader(NoteLoader)
    statements: list[str] = []
    stop = kernel.database.count_statements(statements.append)
    rows = await asyncio.gather(*(loader.load(what) for what in ("a", "b", "none", "a")))
    await loader.load("b")
    stop()
    assert [row and row.what for row in rows] == ["a", "b", None, "a"]
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 1
