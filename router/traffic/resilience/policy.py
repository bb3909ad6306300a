"""How one subgraph is asked: one deadline around a fetch, shared where it may be, asked again where that may help."""

from __future__ import annotations

from collections.abc import Coroutine, Hashable
from dataclasses import dataclass, replace
from typing import Any, Final

from entrepot.router.errors import SubgraphTimedOut, SubgraphUnavailable
from entrepot.router.execution import ExecutionLimits, SubgraphRequest, SubgraphResponse, SubgraphTransport
from entrepot.router.execution.transports.subgraph_client import describe_failure
from entrepot.router.traffic.encodings import check_encodings, unpack_response
from entrepot.router.traffic.resilience.attempt import Gate
from entrepot.router.traffic.resilience.circuit_breaker import CircuitBreaker, CircuitState
from entrepot.router.traffic.resilience.concurrency_limit import Slots
from entrepot.router.traffic.resilience.deadlines import Deadlines
from entrepot.router.traffic.resilience.deduplication import Flights, Outcome, build_sharing_key
from entrepot.router.traffic.resilience.retry import Retries
from entrepot.router.traffic.settings import TrafficSettings
from entrepot.shared.clock import Clock
from entrepot.shared.randomness import Randomness

Reply = Coroutine[Any, Any, SubgraphResponse]
_MAXIMUM_BYTES: Final = ExecutionLimits().response_bytes


@dataclass(slots=True)
class SubgraphTraffic:
    """What happened at one subgraph since the start, and what is the case now."""

    retries: int = 0
    shared: int = 0
    timeouts: int = 0
    waiting: int = 0
    circuit: CircuitState = "closed"


class SubgraphPolicy:
    """The policy of one subgraph, compiled from its settings: what is off is None and costs a look.

    `circuit` and the counters in `traffic` are its own, or those that a policy of the subgraph before it had.
    """

    def __init__(
        self,
        subgraph: str,
        settings: TrafficSettings,
        transport: SubgraphTransport,
        flights: Flights,
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
        self._flights = flights
        self._is_shared = settings.deduplicate
        self._retries = None if settings.retry is None else Retries(settings.retry, clock, randomness)
        self._accepts = ", ".join(settings.accept_encodings)
        self._gate: Gate | None = None
        if circuit or settings.concurrency or settings.attempt_timeout:
            concurrency, seconds = settings.concurrency, settings.attempt_timeout
            self._gate = Gate(
                transport,
                circuit=circuit,
                slots=None if concurrency is None else Slots(subgraph, concurrency),
                deadlines=None if seconds is None else Deadlines(seconds),
                describe_late=self._describe_late,
            )
        self._traffic = traffic

    def send(self, request: SubgraphRequest) -> Reply:
        """The answer to `request`, its own or one that it shares; raises SubgraphUnavailable."""
        if self._accepts:
            request = replace(request, headers={**request.headers, "accept-encoding": self._accepts})
        if request.is_mutation:
            return self._mutate(request)
        return self._fetch(request, build_sharing_key(request) if self._is_shared else None)

    def report(self) -> SubgraphTraffic:
        """The figures of this moment."""
        traffic, gate = replace(self._traffic), self._gate
        if gate is not None and gate.circuit is not None:
            traffic.circuit = gate.circuit.state
        if gate is not None and gate.slots is not None:
            traffic.waiting = gate.slots.waiting
        return traffic

    async def _mutate(self, request: SubgraphRequest) -> SubgraphResponse:
        try:
            with (deadline := self._deadlines.begin(self._describe_late)):
                sent = self._transport.send(request) if self._gate is None else self._gate.send(request, deadline)
                return self._settle(await sent)
        finally:
            self._flights.seal()

    async def _fetch(self, request: SubgraphRequest, key: Hashable | None) -> SubgraphResponse:
        """Ask until there is an answer, or a failure that is to stand; tell it to all who share it under `key`."""
        if key is not None and self._flights.find(key) is not None:
            return await self._follow(request, key)
        gate, retries = self._gate, self._retries
        flight = None if key is None else self._flights.begin(key)
        outcome: Outcome = None
        if retries is not None:
            retries.note_request()
        attempts = 0
        try:
            with (deadline := self._deadlines.begin(self._describe_late)):
                while True:
                    attempts += 1
                    sent = self._transport.send(request) if gate is None else gate.send(request, deadline)
                    try:
                        reply: SubgraphResponse | SubgraphUnavailable = await sent
                    except SubgraphUnavailable as failure:
                        reply = failure
                    pause = None if retries is None else retries.choose_pause(reply, attempts, deadline)
                    if pause is None:
                        outcome = self._settle(reply)
                        return outcome
                    self._traffic.retries += 1
                    await self._clock.sleep(pause)
        except SubgraphUnavailable as failure:
            outcome = failure
            raise
        finally:
            if flight is not None:
                self._flights.end(key, flight, outcome)

    async def _follow(self, request: SubgraphRequest, key: Hashable) -> SubgraphResponse:
        """Wait for the answer that another caller of the same is waiting for; ask for it if that one leaves."""
        with self._deadlines.begin(self._describe_late):
            while (flight := self._flights.find(key)) is not None:
                outcome = await flight.join()
                if outcome is None:
                    continue
                if isinstance(outcome, SubgraphUnavailable):
                    self._traffic.shared += 1
                    raise _repeat(outcome)
                if outcome.cookies:
                    # A cookie is meant for one client: each asks for its own.
                    return await self._fetch(request, None)
                self._traffic.shared += 1
                return SubgraphResponse(outcome.status, dict(outcome.headers), outcome.body)
            return await self._fetch(request, key)

    def _settle(self, reply: SubgraphResponse | SubgraphUnavailable) -> SubgraphResponse:
        """The reply that is to stand, as execution reads it."""
        if isinstance(reply, SubgraphUnavailable):
            raise reply
        return unpack_response(self._subgraph, reply, _MAXIMUM_BYTES) if self._accepts else reply

    def _describe_late(self) -> SubgraphTimedOut:
        self._traffic.timeouts += 1
        failure = describe_failure(self._subgraph, "did not answer in time", kind=SubgraphTimedOut)
        assert isinstance(failure, SubgraphTimedOut)
        return failure


def _repeat(failure: SubgraphUnavailable) -> SubgraphUnavailable:
    """The same failure for another caller: an exception carries the trace of the one who raised it."""
    repeated = type(failure)(failure.message, extensions=dict(failure.extensions))
    repeated.is_passing = failure.is_passing
    repeated.__cause__ = failure.__cause__
    return repeated
