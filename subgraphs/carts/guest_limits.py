"""How many carts guests may create: by the address they come from, and all of them together."""

from __future__ import annotations

from entrepot.shared.caching import Limiter
from entrepot.shared.caching.addresses import widen_address
from entrepot.subgraphs.carts.config import CartSettings
from entrepot.subgraphs.carts.errors import TooManyGuestCarts


class GuestLimits:
    """Counts guests' carts in token buckets that all processes share."""

    def __init__(self, settings: CartSettings, limiter: Limiter) -> None:
        self._settings = settings
        self._limiter = limiter

    async def take(self, address: str | None) -> None:
        """Count one cart of a guest from a network address; raises TooManyGuestCarts.

        The address's bucket comes first, so that one place does not use up what all guests share. Where the address is
        not known, only the shop's counts.
        """
        settings = self._settings
        if address:
            await self._take(
                f"carts:from:{widen_address(address)}",
                settings.guest_carts_by_address,
                1 / settings.seconds_per_guest_cart_by_address,
            )
        await self._take("carts:guests", settings.guest_carts_in_all, settings.guest_carts_in_all_per_second)

    async def _take(self, key: str, capacity: float, per_second: float) -> None:
        seconds = await self._limiter.take(key, 1.0, capacity=capacity, per_second=per_second)
        if seconds > 0:
            raise TooManyGuestCarts(seconds)
