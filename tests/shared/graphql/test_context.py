"""What a request reads: by key, in few statements, remembered, never shared between requests."""

from __future__ import annotations

from entrepot.shared.auth import ANONYMOUS
from entrepot.shared.graphql import Context, find
from tests.support.kernel import Kernel, note_effect
from tests.support.kernel_graph import Note, read_notes


def context_of(kernel: Kernel) -> Context[None]:
    return Context(ANONYMOUS, kernel.transactions, kernel.fan_out)


def test_it_leads_to_the_means_of_the_process(kernel: Kernel) -> None:
    context = context_of(kernel)
    assert (context.database, context.environment, context.dependencies) == (kernel.database, kernel.environment, None)


async def test_keys_are_read_at_once_and_remembered(kernel: Kernel) -> None:
    async with kernel.transactions.begin() as unit:
        for what in "ab":
            await note_effect(unit, what)
    context = context_of(kernel)
    statements: list[str] = []
    stop = kernel.database.count_statements(statements.append)
    rows = await context.fetch(read_notes, ["a", "b", "none", "a", None])
    note = await find(context, Note, id="b")
    stop()
    assert {key: found and found[0].times for key, found in rows.items()} == {"a": 1, "b": 1, "none": None, None: None}
    assert note is not None
    assert note.times == 1
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 1


async def test_another_request_and_one_that_forgets_read_again(kernel: Kernel) -> None:
    async with kernel.transactions.begin() as unit:
        await note_effect(unit, "a")
    context = context_of(kernel)
    before = await find(context, Note, id="a")
    async with kernel.transactions.begin() as unit:
        await note_effect(unit, "a")
    remembered, other = await find(context, Note, id="a"), await find(context_of(kernel), Note, id="a")
    context.forget()
    again = await find(context, Note, id="a")
    assert [note and note.times for note in (before, remembered, other, again)] == [1, 1, 2, 2]
