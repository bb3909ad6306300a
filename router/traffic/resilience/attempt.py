"""One attempt of a fetch: admitted by the circuit breaker, bounded by the concurrency limit and by a timeout."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from entrepot.router.execution import SubgraphRequest, SubgraphResponse, SubgraphTransport
from entrepot.router.traffic.resilience.circuit_breaker import CircuitBreaker
from entrepot.router.traffic.resilience.concurrency_limit import ConcurrencyLimit
from entrepot.router.traffic.resilience.deadlines import Deadline, Deadlines

_FIRST_SERVER_ERROR: Final = 500


class AttemptSender:
    """Sends attempts to one subgraph, with those of circuit breaker, concurrency limit and timeout that are set."""

    def __init__(
        self,
        transport: SubgraphTransport,
        *,
        circuit: CircuitBreaker | None,
        limit: ConcurrencyLimit | None,
        deadlines: Deadlines | None,
        describe_late: Callable[[], Exception],
    ) -> None:
        self.circuit = circuit
        self.limit = limit
        self._transport = transport
        self._deadlines = deadlines
        self._describe_late = describe_late

    async def send(self, request: SubgraphRequest, whole: Deadline) -> SubgraphResponse:
        """The response to one attempt of the fetch with the deadline `whole`.

        Raises SubgraphCircuitOpen and SubgraphOverloaded when the attempt is not sent.
        """
        limit, circuit = self.limit, self.circuit
        # Before the queue: with an open circuit a request must fail fast instead of waiting.
        admission = 0 if circuit is None else circuit.admit()
        is_sent = False
        is_failure: bool | None = None
        try:
            if limit is not None and not limit.try_acquire():
                await limit.wait()
            is_sent = True
            response = await self._send(request)
            is_failure = response.status >= _FIRST_SERVER_ERROR
        except Exception:
            # A full queue says nothing about the subgraph.
            is_failure = is_sent or None
            raise
        except asyncio.CancelledError:
            # The subgraph was too slow if the fetch's own deadline expired; otherwise the client disconnected.
            is_failure = (is_sent and whole.is_expired) or None
            raise
        finally:
            if is_sent and limit is not None:
                limit.release()
            if circuit is not None:
                if is_failure is None:
                    circuit.release(admission)
                else:
                    circuit.record(admission, is_failure=is_failure)
        return response

    async def _send(self, request: SubgraphRequest) -> SubgraphResponse:
        if self._deadlines is None:
            return await self._transport.send(request)
        with self._deadlines.begin(self._describe_late):
            return await self._transport.send(request)
