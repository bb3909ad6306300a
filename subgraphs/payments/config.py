"""Settings of payments."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PaymentsSettings:
    """Read from ENTREPOT_PAYMENTS_*; times in seconds.

    `give_up_after` is how long an authorization may stay without an outcome before it is called off. A `lease` is
    longer than any call of the provider takes. `method_seconds` is how long an added payment method can be used.
    """

    give_up_after: float = 45.0
    lease: float = 30.0
    retry_base: float = 0.5
    retry_limit: float = 10.0
    batch: int = 20
    method_seconds: float = 3600.0
