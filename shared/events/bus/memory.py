"""The bus inside one process.

It keeps nothing: a message counts as sent when every group has dealt with it, so the sender's outbox is what
survives a crash, and what was under way is sent again. The order of a key is the sender's: it sends one after another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from entrepot.shared.events.bus.bus import ConsumerState, Message, Receiver


class MemoryBus:
    """Hands messages straight to the receivers of this process."""

    def __init__(self) -> None:
        self._groups: dict[str, tuple[frozenset[str], Receiver]] = {}

    async def publish(self, messages: Sequence[Message]) -> None:
        """As the protocol says; raises what a receiver raised, after all of them have ended."""
        for message in messages:
            receivers = [receiver for topics, receiver in self._groups.values() if message.topic in topics]
            # All of them to their end, also when one fails: none is left behind running on its own.
            outcomes = await asyncio.gather(*(receiver(message) for receiver in receivers), return_exceptions=True)
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome

    async def subscribe(self, group: str, topics: Sequence[str], receiver: Receiver) -> None:
        self._groups[group] = (frozenset(topics), receiver)

    def lag(self) -> Mapping[tuple[str, str, int], int]:
        return {}

    def consumers(self) -> Mapping[str, ConsumerState]:
        return {}

    async def close(self) -> None:
        self._groups.clear()
