"""Payment methods: what a customer adds before an order is placed, so that no other domain sees its token."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from entrepot.shared.errors import InvalidInput, NotFound
from entrepot.subgraphs.payments.models import PaymentMethod
from entrepot.subgraphs.payments.repository import PaymentsRepository
from entrepot.subgraphs.payments.service.unit import Unit

_MAX_TOKEN: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPaymentMethod:
    """Add a payment method for one payment, such as a card that the payment provider has checked.

    Pass its id to `placeOrder`. It expires when it is not used within the hour.
    """

    token: str = field(repr=False)
    """The token that the payment provider issued for it; 1 to 255 characters."""


async def add_payment_method(unit: Unit, command: AddPaymentMethod) -> PaymentMethod:
    """The payment method of the caller; raises InvalidInput, and Unauthenticated for a guest."""
    if not 1 <= len(command.token) <= _MAX_TOKEN:
        raise InvalidInput(f"A payment token has from 1 to {_MAX_TOKEN} characters.", path=("token",))
    method = PaymentMethod(
        id=unit.new_id("pmt"),
        customer_id=unit.caller.require_user(),
        token=command.token,
        expires_at=unit.now + timedelta(seconds=unit.dependencies.settings.method_seconds),
        created_at=unit.now,
        updated_at=unit.now,
    )
    PaymentsRepository(unit.session).add(method)
    return method


async def find_payment_method(unit: Unit, method_id: str) -> PaymentMethod:
    """The payment method; raises NotFound."""
    method = await PaymentsRepository(unit.session).get_payment_method(method_id)
    if method is None:
        raise NotFound("payment method", method_id)
    return method
