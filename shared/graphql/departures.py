"""Work that ends when the client who waits for it has disconnected."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from starlette.types import Receive

T = TypeVar("T")

PATIENCE: Final = 0.5
"""Seconds before the connection is watched: nearly all work is done by then, and costs no task."""


class ClientGone(Exception):
    """The client disconnected, and the work was cancelled."""


async def run_for_client(work: Awaitable[T], receive: Receive, patience: float = PATIENCE) -> T:
    """What the work gives; raises ClientGone once `receive` says that the client has left."""
    loop = asyncio.get_running_loop()
    watchers: list[asyncio.Task[None]] = []
    scope = asyncio.timeout(None)
    try:
        async with scope:

            async def watch() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                scope.reschedule(loop.time())

            timer = loop.call_later(patience, lambda: watchers.append(loop.create_task(watch())))
            try:
                return await work
            finally:
                timer.cancel()
                for watcher in watchers:
                    watcher.cancel()
    except TimeoutError as error:
        if scope.expired():
            raise ClientGone from error
        raise
