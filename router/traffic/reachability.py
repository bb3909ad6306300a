"""The log of subgraphs that cannot be reached: one line for each and half a minute, one when it answers again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from entrepot.router.errors import SubgraphCircuitOpen, SubgraphOverloaded, SubgraphTimedOut, SubgraphUnavailable
from entrepot.router.execution import SubgraphRequest, SubgraphResponse, SubgraphTransport
from entrepot.router.execution.causes import describe_cause
from entrepot.shared.clock import Clock
from entrepot.shared.telemetry import get_logger

_PERIOD: Final = 30.0
_NOT_SENT: Final = (SubgraphCircuitOpen, SubgraphOverloaded)
_log = get_logger(__name__)


@dataclass(slots=True)
class _Outage:
    """`logged_at` is the time of the last line, `since` the first failure since the last answer, if there is one."""

    logged_at: float
    since: float | None
    is_logged: bool = True
    suppressed: int = 0


class ReachabilityLog:
    """Which subgraphs failed to answer; it outlives reloads, so that no line is repeated because of one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._outages: dict[str, _Outage] = {}
        self.unreachable: set[str] = set()

    def note_failure(self, request: SubgraphRequest, failure: SubgraphUnavailable) -> None:
        """Log the failure, or count it where a line was logged a short while ago."""
        if isinstance(failure, _NOT_SENT) or not failure.is_transient:
            return
        now = self._clock.monotonic()
        subgraph = request.subgraph
        self.unreachable.add(subgraph)
        outage = self._outages.get(subgraph)
        if outage is None:
            outage = self._outages[subgraph] = _Outage(now, now)
        elif now - outage.logged_at < _PERIOD:
            if outage.since is None:
                outage.since, outage.is_logged = now, False
            outage.suppressed += 1
            return
        else:
            outage.logged_at, outage.is_logged = now, True
            outage.since = now if outage.since is None else outage.since
        suppressed, outage.suppressed = outage.suppressed, 0
        _log.warning(
            "subgraph.unreachable",
            subgraph=subgraph,
            url=request.url,
            cause=_find_cause(failure),
            suppressed=suppressed,
        )

    def note_answer(self, request: SubgraphRequest) -> None:
        """Log that a subgraph of `unreachable` answers again."""
        self.unreachable.discard(request.subgraph)
        outage = self._outages[request.subgraph]
        seconds = 0.0 if outage.since is None else self._clock.monotonic() - outage.since
        outage.since = None
        if outage.is_logged:
            _log.info("subgraph.reachable", subgraph=request.subgraph, url=request.url, seconds=round(seconds, 1))


class ReachabilityTransport:
    """Another transport, whose failures are logged."""

    def __init__(self, transport: SubgraphTransport, log: ReachabilityLog) -> None:
        self._transport = transport
        self._log = log
        self._unreachable = log.unreachable

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        try:
            response = await self._transport.send(request)
        except SubgraphUnavailable as failure:
            self._log.note_failure(request, failure)
            raise
        if self._unreachable and request.subgraph in self._unreachable:
            self._log.note_answer(request)
        return response

    async def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(self._transport.stream(request)) as events:
                async for event in events:
                    if self._unreachable and request.subgraph in self._unreachable:
                        self._log.note_answer(request)
                    yield event
        except SubgraphUnavailable as failure:
            self._log.note_failure(request, failure)
            raise


def _find_cause(failure: SubgraphUnavailable) -> str:
    if isinstance(failure, SubgraphTimedOut):
        return "time: no answer within the time limit"
    return failure.message if failure.__cause__ is None else describe_cause(failure.__cause__)
