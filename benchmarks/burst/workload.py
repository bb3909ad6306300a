"""The burst: reservations of orders with crossing variants, the same in every process for the same numbers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zlib import crc32

from entrepot.shared.events import Event, Message
from entrepot.shared.events.event import Envelope, to_data, topic_of
from tests.support.stock_room import hold_request

_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Burst:
    """How many orders of how many lines, of how many variants."""

    orders: int
    variants: int
    lines: int
    seed: int

    def list_variants(self) -> Sequence[str]:
        return [f"var_{number:05d}" for number in range(self.variants)]

    def build(self) -> Sequence[Event]:
        """The requests, each for variants at random, in no order."""
        chance, variants = random.Random(self.seed), self.list_variants()
        return [
            hold_request(f"ord_{number:05d}", 600, **dict.fromkeys(chance.sample(variants, self.lines), 1))
            for number in range(self.orders)
        ]

    def share(self, worker: int, workers: int) -> Sequence[Message]:
        """The messages of one of the workers: of all orders, as partitions share them out."""
        return [
            build_message(number, event)
            for number, event in enumerate(self.build())
            if crc32(event.subject.encode()) % workers == worker
        ]


def build_message(number: int, event: Event) -> Message:
    """The event as the bus hands it to a consumer."""
    envelope = Envelope(
        id=f"evt_{number:08d}_{event.subject}",
        source="/benchmarks",
        type=event.TYPE,
        time=_MOMENT,
        subject=event.subject,
        dataversion=event.VERSION,
        data=to_data(event),
    )
    return Message(topic_of(event.TYPE), event.subject, envelope.to_json())
