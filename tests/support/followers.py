"""Clients that stay while routers die: they ask on, and follow orders from where their stream broke off."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
from websockets.exceptions import WebSocketException

from tests.support.buying import WATCH
from tests.support.clients import GraphQLClient
from tests.support.faults.shopping import Shoppers

FINAL: Final = frozenset({"CONFIRMED", "CANCELLED"})
BROKEN: Final = (WebSocketException, aiohttp.ClientError, OSError, EOFError, TimeoutError)
"""How streams break off."""
_QUERY: Final = "{ products(first: 3) { edges { node { name variants { availability { available } } } } } }"
_PAUSE: Final = 0.2


@dataclass
class Asking:
    """Queries, one after another on each of several connections, until it is cancelled; failures are kept whole."""

    client: GraphQLClient
    answered: int = 0
    failures: list[str] = field(default_factory=list)

    async def ask_on(self) -> None:
        while True:
            try:
                answer = await self.client.send(_QUERY)
                assert len(answer["data"]["products"]["edges"]) == 3, answer
                assert "errors" not in answer, answer
            except Exception as error:  # noqa: BLE001 - every way to fail is one too many
                self.failures.append(f"{type(error).__name__}: {error}")
                await asyncio.sleep(_PAUSE)
            else:
                self.answered += 1


@dataclass
class Follower:
    """Follows one order over WebSocket, or server-sent events, and connects again whenever the stream breaks off."""

    client: GraphQLClient
    order_id: str
    by_events: bool
    seen: list[dict[str, Any]] = field(default_factory=list)
    breaks: Counter[str] = field(default_factory=Counter)

    async def follow(self) -> None:
        """Return when the order has its final status."""
        while not self.seen or self.seen[-1]["status"] not in FINAL:
            after = self.seen[-1]["position"] if self.seen else 0
            subscribe = self.client.subscribe_by_events if self.by_events else self.client.subscribe
            stream = subscribe(WATCH, id=self.order_id, after=after)
            try:
                async for event in stream:
                    self.seen.append(event["orderStatusChanged"])
                    if self.seen[-1]["status"] in FINAL:
                        break
            except BROKEN as error:
                self.breaks[type(error).__name__] += 1
                await asyncio.sleep(_PAUSE)
            finally:
                await stream.aclose()


class Following:
    """Several followers at once: some from the beginning, and one for each purchase as soon as it is accepted."""

    def __init__(self, followers: list[Follower]) -> None:
        self.followers = followers
        self._tasks = [asyncio.create_task(each.follow()) for each in followers]
        self._known: set[str] = set()

    async def follow_purchases(self, shoppers: Shoppers) -> None:
        """Look for new ones until it is cancelled."""
        while True:
            self._add_new(shoppers)
            await asyncio.sleep(_PAUSE)

    async def finish(self, shoppers: Shoppers) -> None:
        """Return when every order has its final status."""
        self._add_new(shoppers)
        await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _add_new(self, shoppers: Shoppers) -> None:
        for purchase in shoppers.purchases:
            if purchase.order_id is None or purchase.customer is None or purchase.order_id in self._known:
                continue
            self._known.add(purchase.order_id)
            follower = Follower(purchase.customer, purchase.order_id, by_events=len(self._known) % 2 == 0)
            self.followers.append(follower)
            self._tasks.append(asyncio.create_task(follower.follow()))
