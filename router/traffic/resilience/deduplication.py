"""In-flight deduplication (single flight): of identical concurrent queries one is sent, the others wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import Final

from entrepot.router.errors import SubgraphUnavailable
from entrepot.router.execution import SubgraphRequest, SubgraphResponse
from entrepot.shared.auth import IDENTITY_HEADER
from entrepot.shared.telemetry import REQUEST_ID_HEADER, TRACEPARENT_HEADER

Outcome = SubgraphResponse | SubgraphUnavailable | None

# Identifiers of the request (W3C Trace Context), on which no response depends.
_TRACING: Final = frozenset({REQUEST_ID_HEADER, TRACEPARENT_HEADER, "tracestate"})
_TRACING_AND_IDENTITY: Final = _TRACING | {IDENTITY_HEADER}


def build_deduplication_key(request: SubgraphRequest) -> Hashable:
    """The key under which queries are deduplicated: the request, and everything that can change its response.

    That is every header except those of tracing. A signed identity differs from one signature to the next, so that
    the identity itself stands in for it; without one, the header counts like any other.
    """
    headers = frozenset(list_distinguishing_headers(request))
    return request.subgraph, request.url, request.body, request.identity, headers


def list_distinguishing_headers(request: SubgraphRequest) -> list[tuple[str, str]]:
    """The headers that can change the response, besides the identity."""
    left_out = _TRACING if request.identity is None else _TRACING_AND_IDENTITY
    return [item for item in request.headers.items() if item[0] not in left_out]


class InFlightRead:
    """A query in flight, and the callers that wait for its outcome.

    The outcome is a response, a failure, or None when the caller that sent it was cancelled.
    """

    __slots__ = ("_waiters",)

    def __init__(self) -> None:
        self._waiters: list[asyncio.Future[Outcome]] = []

    async def join(self) -> Outcome:
        # One future per waiter: a caller that is cancelled cancels the future that it awaits.
        waiter: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        return await waiter

    def end(self, outcome: Outcome) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(outcome)


class InFlightReads:
    """All queries in flight, of all subgraphs."""

    def __init__(self) -> None:
        self._in_flight: dict[Hashable, InFlightRead] = {}

    def find(self, key: Hashable) -> InFlightRead | None:
        return self._in_flight.get(key)

    def begin(self, key: Hashable) -> InFlightRead:
        read = self._in_flight[key] = InFlightRead()
        return read

    def end(self, key: Hashable, read: InFlightRead, outcome: Outcome) -> None:
        if self._in_flight.get(key) is read:
            del self._in_flight[key]
        read.end(outcome)

    def detach_all(self) -> None:
        """No later query joins one in flight: after a mutation, reads must see its effects."""
        self._in_flight.clear()
