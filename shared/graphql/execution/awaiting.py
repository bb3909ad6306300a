"""Awaiting many values side by side, at the least cost per value."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from types import CoroutineType
from typing import Any, Final

GROUP: Final = 50
"""How many values are awaited at a time; between two groups the event loop serves others, and a cancellation arrives.

A local database answers without waiting, so that all tasks that are ready run before anything else does.
"""


async def await_all(awaitables: Sequence[Awaitable[Any]]) -> list[Any]:
    """The answers in order; an exception stands in the place of its answer.

    Each coroutine has a task of its own, so that timeouts, cancellation and context variables of one are its own.
    Cheaper than `asyncio.gather`, which calls back once per task. Cancelling it cancels, and waits for, all of them.
    """
    if len(awaitables) == 1:
        return [await _await_one(awaitables[0])]
    if len(awaitables) > GROUP:
        return await _await_groups(awaitables)
    create = asyncio.get_running_loop().create_task
    tasks = [
        create(awaitable) if type(awaitable) is CoroutineType else asyncio.ensure_future(awaitable)
        for awaitable in awaitables
    ]
    answers: list[Any] = []
    try:
        for task in tasks:
            try:
                answers.append(task.result() if task.done() else await task)
            except Exception as error:  # noqa: BLE001 - the answer of this one
                answers.append(error)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    return answers


async def _await_groups(awaitables: Sequence[Awaitable[Any]]) -> list[Any]:
    answers: list[Any] = []
    begin = 0
    try:
        for begin in range(0, len(awaitables), GROUP):
            answers += await await_all(awaitables[begin : begin + GROUP])
    except BaseException:
        discard(awaitables[begin + GROUP :])
        raise
    return answers


async def await_in_turn(awaitables: Sequence[Awaitable[Any]]) -> list[Any]:
    """The answers in order, one awaited after the other, without tasks; an exception stands in the place of its answer.

    For batch functions, which share one database session: side by side they would only wait for each other.
    """
    return [await _await_one(awaitable) for awaitable in awaitables]


async def _await_one(awaitable: Awaitable[Any]) -> Any:
    try:
        return await awaitable
    except Exception as error:  # noqa: BLE001 - the answer
        return error


def discard(awaitables: Sequence[Any]) -> None:
    """End what will not be awaited: coroutines that never began, futures that nobody waits for."""
    for awaitable in awaitables:
        end = getattr(awaitable, "close", None) or getattr(awaitable, "cancel", None)
        if end is not None:
            end()
