"""Requests at the same time, on a clock that a test moves by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from tests.support.clock import ManualClock

T = TypeVar("T")

_STEP: Final = 0.01


async def run_at_once(clock: ManualClock, *work: Awaitable[T]) -> list[T]:
    """What each of them returns; all begin before any ends, and time passes for those that pause before a retry."""
    tasks = [asyncio.ensure_future(each) for each in work]
    pending = set(tasks)
    while pending:
        _, pending = await asyncio.wait(pending, timeout=_STEP)
        clock.advance(_STEP)
    return await asyncio.gather(*tasks)
