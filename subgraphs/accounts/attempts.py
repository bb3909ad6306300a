"""How often a password may be tried: so many times an account, and so many times by everybody together."""

from __future__ import annotations

from shared.caching import Limiter
from subgraphs.accounts.config import AccountsSettings
from subgraphs.accounts.errors import TooManyAttempts
from subgraphs.accounts.tokens import hash_token


class Attempts:
    """Counts attempts in token buckets that all processes share."""

    def __init__(self, settings: AccountsSettings, limiter: Limiter) -> None:
        self._settings = settings
        self._limiter = limiter

    async def take(self, kind: str, account: str) -> None:
        """Count one attempt on the account, an email address or a user's id; raises TooManyAttempts.

        The account's own bucket comes first, so that hammering on one account does not use up what others share.
        """
        settings = self._settings
        await self._take(
            f"accounts:{kind}:{hash_token(account)}", settings.attempts_by_email, 1 / settings.seconds_per_attempt
        )
        await self._take("accounts:attempts", settings.attempts_in_all, settings.attempts_in_all_per_second)

    async def _take(self, key: str, capacity: float, per_second: float) -> None:
        seconds = await self._limiter.take(key, 1.0, capacity=capacity, per_second=per_second)
        if seconds > 0:
            raise TooManyAttempts(seconds)
