"""What payments announce."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.shared.events.event import Event, contract


@contract("payments.payment.authorized", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAuthorized(Event):
    """The amount (minor units) is set aside for the order."""

    order_id: str
    payment_id: str
    minor_units: int
    currency: str


@contract("payments.payment.declined", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDeclined(Event):
    """The order will not be paid by this; `reason` is a code such as CARD_DECLINED."""

    order_id: str
    payment_id: str
    reason: str


@contract("payments.payment.voided", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentVoided(Event):
    """No authorization is open for the order, and none will be."""

    order_id: str


@contract("payments.payment.changed", subject="payment_id", is_full_state=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentChanged(Event):
    """A payment is new or has another status; all of it, so that the latest event is the current state.

    The amount (minor units) is None for a payment that was cancelled before it was requested. Calls of the provider
    that are under way are not published.
    """

    payment_id: str
    order_id: str
    minor_units: int | None
    currency: str | None
    status: str
    revision: int = 0
