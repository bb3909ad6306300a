"""Identical reads that are under way at the same time: the first is sent, the others wait for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import Final

from entrepot.router.errors import SubgraphUnavailable
from entrepot.router.execution import SubgraphRequest, SubgraphResponse
from entrepot.shared.auth import IDENTITY_HEADER
from entrepot.shared.telemetry import REQUEST_ID_HEADER, TRACEPARENT_HEADER

Outcome = SubgraphResponse | SubgraphUnavailable | None

# What tells requests apart and nothing else (W3C Trace Context), so that no answer depends on it.
_TRACING: Final = frozenset({REQUEST_ID_HEADER, TRACEPARENT_HEADER, "tracestate"})
_TRACING_AND_IDENTITY: Final = _TRACING | {IDENTITY_HEADER}


def build_sharing_key(request: SubgraphRequest) -> Hashable:
    """What must be equal for two reads to share an answer: the request, and all that can change what it gets.

    That is every header except those of tracing. A signed identity differs from one signature to the next, so that
    the identity itself stands in for it; without one, the header counts like any other.
    """
    headers = frozenset(list_distinguishing_headers(request))
    return request.subgraph, request.url, request.body, request.identity, headers


def list_distinguishing_headers(request: SubgraphRequest) -> list[tuple[str, str]]:
    """The headers by which a subgraph can tell the request from another one, besides its identity."""
    left_out = _TRACING if request.identity is None else _TRACING_AND_IDENTITY
    return [item for item in request.headers.items() if item[0] not in left_out]


class Flight:
    """A read that is under way, and those who wait for its outcome.

    The outcome is an answer, a failure, or None when the one who asked has left before there was one.
    """

    __slots__ = ("_waiters",)

    def __init__(self) -> None:
        self._waiters: list[asyncio.Future[Outcome]] = []

    async def join(self) -> Outcome:
        # A future for each, since a caller that leaves cancels the one it waits for.
        waiter: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        return await waiter

    def end(self, outcome: Outcome) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(outcome)


class Flights:
    """All reads under way, of all subgraphs."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, Flight] = {}

    def find(self, key: Hashable) -> Flight | None:
        return self._under_way.get(key)

    def begin(self, key: Hashable) -> Flight:
        flight = self._under_way[key] = Flight()
        return flight

    def end(self, key: Hashable, flight: Flight, outcome: Outcome) -> None:
        if self._under_way.get(key) is flight:
            del self._under_way[key]
        flight.end(outcome)

    def seal(self) -> None:
        """Let nobody join what is under way: a mutation has ended, and who reads after it must see what it did."""
        self._under_way.clear()
