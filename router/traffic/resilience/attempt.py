"""One attempt at a subgraph: let through by its circuit, given a place, and bounded in time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from entrepot.router.execution import SubgraphRequest, SubgraphResponse, SubgraphTransport
from entrepot.router.traffic.resilience.circuit_breaker import CircuitBreaker
from entrepot.router.traffic.resilience.concurrency_limit import Slots
from entrepot.router.traffic.resilience.deadlines import Deadline, Deadlines

_FIRST_STATUS_OF_FAULT: Final = 500


class Gate:
    """What stands between the attempts at one subgraph and the transport, where any of the three is configured."""

    def __init__(
        self,
        transport: SubgraphTransport,
        *,
        circuit: CircuitBreaker | None,
        slots: Slots | None,
        deadlines: Deadlines | None,
        describe_late: Callable[[], Exception],
    ) -> None:
        self.circuit = circuit
        self.slots = slots
        self._transport = transport
        self._deadlines = deadlines
        self._describe_late = describe_late

    async def send(self, request: SubgraphRequest, whole: Deadline) -> SubgraphResponse:
        """The answer to one attempt of the fetch that has to end by `whole`.

        Raises SubgraphCircuitOpen and SubgraphOverloaded when it is not sent.
        """
        slots, circuit = self.slots, self.circuit
        # Before it waits: where nothing may be sent, nobody should queue for it.
        admission = 0 if circuit is None else circuit.admit()
        is_sent = False
        is_failure: bool | None = None
        try:
            if slots is not None and not slots.try_take():
                await slots.wait()
            is_sent = True
            response = await self._ask(request)
            is_failure = response.status >= _FIRST_STATUS_OF_FAULT
        except Exception:
            # What was not sent, since the queue is full, says nothing about the subgraph.
            is_failure = is_sent or None
            raise
        except asyncio.CancelledError:
            # When the fetch's own time is over the subgraph was too slow; else the client has left.
            is_failure = (is_sent and whole.is_expired) or None
            raise
        finally:
            if is_sent and slots is not None:
                slots.give_back()
            if circuit is not None:
                if is_failure is None:
                    circuit.release(admission)
                else:
                    circuit.record(admission, is_failure=is_failure)
        return response

    async def _ask(self, request: SubgraphRequest) -> SubgraphResponse:
        if self._deadlines is None:
            return await self._transport.send(request)
        with self._deadlines.begin(self._describe_late):
            return await self._transport.send(request)
