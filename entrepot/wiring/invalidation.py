"""Invalidation of cached responses by events: which entities each event changes, and the consumer that acts on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

import msgspec

from entrepot.shared.events.bus.bus import Bus, Message
from entrepot.shared.events.contracts.accounts import UserChanged, UserRegistered
from entrepot.shared.events.contracts.carts import CartChanged
from entrepot.shared.events.contracts.catalog import ProductChanged, VariantChanged
from entrepot.shared.events.contracts.inventory import StockChanged
from entrepot.shared.events.contracts.orders import OrderCancelled, OrderChanged, OrderConfirmed, OrderPlaced
from entrepot.shared.events.contracts.payments import PaymentAuthorized, PaymentChanged, PaymentDeclined, PaymentVoided
from entrepot.shared.events.event import Event, EventUnknown, read_envelope, topic_of
from entrepot.shared.telemetry import get_logger

GROUP: Final = "response-cache"
"""The name under which events are heard: each is dealt with once, however many processes listen."""

_log: Final = get_logger(__name__)

CHANGED_ENTITIES: Final[Mapping[type[Event], Mapping[str, tuple[str, ...]]]] = {
    VariantChanged: {"Product": ("product_id",), "ProductVariant": ("variant_id", "sku")},
    StockChanged: {"ProductVariant": ("variant_id",)},
    CartChanged: {"Cart": ("cart_id",)},
    OrderPlaced: {"Order": ("order_id",), "Cart": ("cart_id",)},
    OrderConfirmed: {"Order": ("order_id",), "Cart": ("cart_id",)},
    OrderCancelled: {"Order": ("order_id",), "Cart": ("cart_id",)},
    PaymentAuthorized: {"Payment": ("payment_id",), "Order": ("order_id",)},
    PaymentDeclined: {"Payment": ("payment_id",), "Order": ("order_id",)},
    PaymentVoided: {"Order": ("order_id",)},
    UserRegistered: {"User": ("user_id",)},
    ProductChanged: {"Product": ("product_id",)},
    OrderChanged: {"Order": ("order_id",)},
    PaymentChanged: {"Payment": ("payment_id",), "Order": ("order_id",)},
    UserChanged: {"User": ("user_id",)},
}
"""Contract -> the entities that differ after it: by type, the fields of the event that hold a key of theirs.

What is not here tells of nothing that the graph shows, or is a request that is answered by an event which is here.
"""


class AnswerInvalidation:
    """Consumes events and invalidates the cached responses of the entities that they change."""

    def __init__(self, invalidate: Callable[[Iterable[str]], Awaitable[None]]) -> None:
        self._invalidate = invalidate

    async def listen(self, bus: Bus) -> None:
        """Take events from now on."""
        topics = sorted({topic_of(contract.TYPE) for contract in CHANGED_ENTITIES})
        await bus.subscribe(GROUP, topics, self.receive)

    async def receive(self, message: Message) -> None:
        """Raises CacheUnavailable when it was not heard: then the bus brings the message again."""
        try:
            envelope = read_envelope(message.value)
        except msgspec.DecodeError:
            # Its subscriber stores it as a dead letter and reports it.
            return
        try:
            tags = list_tags(envelope.open())
        except (EventUnknown, msgspec.ValidationError):
            # Of a newer version than this process: what it changed is somewhere in its domain.
            tags = [f"subgraph:{envelope.type.partition('.')[0]}"]
            _log.warning("response_cache.event_not_understood", type=envelope.type, version=envelope.dataversion)
        if tags:
            await self._invalidate(tags)


def list_tags(event: Event) -> list[str]:
    """The tags of the responses that the event invalidates (docs/caching.md)."""
    entities = CHANGED_ENTITIES.get(type(event), {})
    return [f"entity:{name}:{getattr(event, field)}" for name, fields in entities.items() for field in fields]
