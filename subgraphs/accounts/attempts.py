"""How often a password may be tried: by account, by the address it comes from, and by everybody together."""

from __future__ import annotations

from entrepot.shared.caching import Limiter
from entrepot.shared.caching.addresses import widen_address
from entrepot.subgraphs.accounts.config import AccountsSettings
from entrepot.subgraphs.accounts.errors import TooManyAttempts
from entrepot.subgraphs.accounts.tokens import hash_token


class Attempts:
    """Counts attempts in token buckets that all processes share."""

    def __init__(self, settings: AccountsSettings, limiter: Limiter) -> None:
        self._settings = settings
        self._limiter = limiter

    async def take(self, kind: str, account: str, address: str | None = None) -> None:
        """Count one attempt on the account, an email or a user's id, from a network address; raises TooManyAttempts.

        The account's own bucket comes first and the address's second, so that hammering on one account, or on many from
        one place, does not use up what others share. Where the address is not known, only the other two count.
        """
        settings = self._settings
        await self._take(
            f"accounts:{kind}:{hash_token(account)}", settings.attempts_by_email, 1 / settings.seconds_per_attempt
        )
        if address:
            await self._take(
                f"accounts:from:{widen_address(address)}",
                settings.attempts_by_address,
                1 / settings.seconds_per_attempt_by_address,
            )
        await self._take("accounts:attempts", settings.attempts_in_all, settings.attempts_in_all_per_second)

    async def _take(self, key: str, capacity: float, per_second: float) -> None:
        seconds = await self._limiter.take(key, 1.0, capacity=capacity, per_second=per_second)
        if seconds > 0:
            raise TooManyAttempts(seconds)
