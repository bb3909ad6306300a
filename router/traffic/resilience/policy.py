"""The traffic policy of one subgraph: timeout, deduplication, retries, and the limits of each attempt."""

from __future__ import annotations

from collections.abc import Coroutine, Hashable
from dataclasses import dataclass, replace
from typing import Any, Final

from entrepot.router.errors import SubgraphTimedOut, SubgraphUnavailable
from entrepot.router.execution import ExecutionLimits, SubgraphRequest, SubgraphResponse, SubgraphTransport
from entrepot.router.execution.transports.subgraph_client import describe_failure
from entrepot.router.traffic.encodings import check_encodings, unpack_response
from entrepot.router.traffic.resilience.attempt import AttemptSender
from entrepot.router.traffic.resilience.circuit_breaker import CircuitBreaker, CircuitState
from entrepot.router.traffic.resilience.concurrency_limit import ConcurrencyLimit
from entrepot.router.traffic.resilience.deadlines import Deadlines
from entrepot.router.traffic.resilience.deduplication import InFlightReads, Outcome, build_deduplication_key
from entrepot.router.traffic.resilience.retry import Retries
from entrepot.router.traffic.settings import TrafficSettings
from entrepot.shared.clock import Clock
from entrepot.shared.randomness import Randomness

Reply = Coroutine[Any, Any, SubgraphResponse]
_MAXIMUM_BYTES: Final = ExecutionLimits().response_bytes


@dataclass(slots=True)
class SubgraphTraffic:
    """Counters of one subgraph since the start, and its current state."""

    retries: int = 0
    deduplicated: int = 0
    timeouts: int = 0
    queued: int = 0
    circuit: CircuitState = "closed"


class SubgraphPolicy:
    """The policy of one subgraph, compiled from its settings; a feature that is off is None.

    `circuit` and the counters in `traffic` may be those of the policy before a reload.
    """

    def __init__(
        self,
        subgraph: str,
        settings: TrafficSettings,
        transport: SubgraphTransport,
        in_flight: InFlightReads,
        clock: Clock,
        randomness: Randomness,
        circuit: CircuitBreaker | None,
        traffic: SubgraphTraffic,
    ) -> None:
        check_encodings(settings.accept_encodings)
        self._subgraph = subgraph
        self._transport = transport
        self._clock = clock
        self._deadlines = Deadlines(settings.timeout)
        self._in_flight = in_flight
        self._is_deduplicated = settings.deduplicate
        self._retries = None if settings.retry is None else Retries(settings.retry, clock, randomness)
        self._accepts = ", ".join(settings.accept_encodings)
        self._sender: AttemptSender | None = None
        if circuit or settings.concurrency_limit or settings.attempt_timeout:
            concurrency, seconds = settings.concurrency_limit, settings.attempt_timeout
            self._sender = AttemptSender(
                transport,
                circuit=circuit,
                limit=None if concurrency is None else ConcurrencyLimit(subgraph, concurrency),
                deadlines=None if seconds is None else Deadlines(seconds),
                describe_late=self._describe_late,
            )
        self._traffic = traffic

    def send(self, request: SubgraphRequest) -> Reply:
        """The response to `request`, possibly shared with an identical one; raises SubgraphUnavailable."""
        if self._accepts:
            request = replace(request, headers={**request.headers, "accept-encoding": self._accepts})
        if request.is_mutation:
            return self._mutate(request)
        return self._fetch(request, build_deduplication_key(request) if self._is_deduplicated else None)

    def report(self) -> SubgraphTraffic:
        """The counters and the current state."""
        traffic, sender = replace(self._traffic), self._sender
        if sender is not None and sender.circuit is not None:
            traffic.circuit = sender.circuit.state
        if sender is not None and sender.limit is not None:
            traffic.queued = sender.limit.queued
        return traffic

    async def _mutate(self, request: SubgraphRequest) -> SubgraphResponse:
        try:
            with (deadline := self._deadlines.begin(self._describe_late)):
                sent = self._transport.send(request) if self._sender is None else self._sender.send(request, deadline)
                return self._unwrap(await sent)
        finally:
            self._in_flight.detach_all()

    async def _fetch(self, request: SubgraphRequest, key: Hashable | None) -> SubgraphResponse:
        """Send until the reply is final, and share it with all that wait under `key`."""
        if key is not None and self._in_flight.find(key) is not None:
            return await self._follow(request, key)
        sender, retries = self._sender, self._retries
        read = None if key is None else self._in_flight.begin(key)
        outcome: Outcome = None
        if retries is not None:
            retries.add_request()
        attempts = 0
        try:
            with (deadline := self._deadlines.begin(self._describe_late)):
                while True:
                    attempts += 1
                    sent = self._transport.send(request) if sender is None else sender.send(request, deadline)
                    try:
                        reply: SubgraphResponse | SubgraphUnavailable = await sent
                    except SubgraphUnavailable as failure:
                        reply = failure
                    backoff = None if retries is None else retries.choose_backoff(reply, attempts, deadline)
                    if backoff is None:
                        outcome = self._unwrap(reply)
                        return outcome
                    self._traffic.retries += 1
                    await self._clock.sleep(backoff)
        except SubgraphUnavailable as failure:
            outcome = failure
            raise
        finally:
            if read is not None:
                self._in_flight.end(key, read, outcome)

    async def _follow(self, request: SubgraphRequest, key: Hashable) -> SubgraphResponse:
        """Wait for the identical query in flight; send it if the caller that sent it is cancelled."""
        with self._deadlines.begin(self._describe_late):
            while (read := self._in_flight.find(key)) is not None:
                outcome = await read.join()
                if outcome is None:
                    continue
                if isinstance(outcome, SubgraphUnavailable):
                    self._traffic.deduplicated += 1
                    raise _copy(outcome)
                if outcome.cookies:
                    # A cookie is meant for one client: each caller sends a request of its own.
                    return await self._fetch(request, None)
                self._traffic.deduplicated += 1
                return SubgraphResponse(outcome.status, dict(outcome.headers), outcome.body)
            return await self._fetch(request, key)

    def _unwrap(self, reply: SubgraphResponse | SubgraphUnavailable) -> SubgraphResponse:
        """The final reply as a response; raises a failure."""
        if isinstance(reply, SubgraphUnavailable):
            raise reply
        return unpack_response(self._subgraph, reply, _MAXIMUM_BYTES) if self._accepts else reply

    def _describe_late(self) -> SubgraphTimedOut:
        self._traffic.timeouts += 1
        failure = describe_failure(self._subgraph, "did not answer in time", kind=SubgraphTimedOut)
        assert isinstance(failure, SubgraphTimedOut)
        return failure


def _copy(failure: SubgraphUnavailable) -> SubgraphUnavailable:
    """The failure for another caller: an exception carries the traceback of the one that raised it."""
    copied = type(failure)(failure.message, extensions=dict(failure.extensions))
    copied.is_transient = failure.is_transient
    copied.__cause__ = failure.__cause__
    return copied
