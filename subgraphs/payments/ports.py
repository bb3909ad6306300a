"""The port to a payment provider (PSP), in words of the trade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from entrepot.shared.money import Money
from entrepot.subgraphs.payments.config import PaymentsSettings


@dataclass(frozen=True, slots=True)
class Authorized:
    """The amount is set aside; `reference` is the provider's name for it."""

    reference: str


@dataclass(frozen=True, slots=True)
class Declined:
    """Nothing is set aside; `reason` is a code such as CARD_DECLINED, or CANCELLED when it was voided."""

    reason: str


Outcome = Authorized | Declined


class PaymentProvider(Protocol):
    """Sets money aside, takes it, lets it go. Every call ends within the adapter's own time limit.

    Every call raises ProviderUnanswered when it may have taken effect, ProviderUnavailable when it has not, and
    ProviderRefused when it makes no sense. `key` is the idempotency key of one authorization, kept by us before the
    first call: however often a call comes with it, it takes effect once.
    """

    async def authorize(self, *, key: str, amount: Money, token: str) -> Outcome:
        """Set the amount aside. A key that came before answers what stands under it now."""
        ...

    async def capture(self, *, key: str, reference: str, amount: Money) -> None:
        """Take the amount, or less than it, of what is set aside; the rest is let go."""
        ...

    async def void(self, *, key: str, reference: str | None) -> None:
        """Leave nothing set aside under the key, now or later: an authorization that still comes with it is declined.

        `reference` is None while the outcome of the authorization is not known.
        """
        ...

    async def find(self, *, key: str) -> Outcome | None:
        """What became of an authorization; None when the provider has not heard of it."""
        ...


@dataclass(frozen=True, slots=True)
class PaymentsDependencies:
    """What use cases find in `unit.dependencies`."""

    settings: PaymentsSettings
    provider: PaymentProvider
