"""Revoked tokens and sessions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entrepot.shared.auth import Denylist, RevocationUnknown
from entrepot.shared.caching import CacheUnavailable, MemoryCache
from tests.support.clock import ManualClock


async def test_knows_what_was_revoked_until_nobody_takes_it(clock: ManualClock) -> None:
    denylist = Denylist(MemoryCache(clock), clock)
    await denylist.revoke("tok_1", clock.now() + timedelta(seconds=10))
    assert await denylist.is_revoked("tok_1", None)
    assert await denylist.is_revoked("other", "tok_1")
    assert not await denylist.is_revoked("tok_2", None)
    clock.advance(15)
    assert await denylist.is_revoked("tok_1")
    clock.advance(3600)
    assert not await denylist.is_revoked("tok_1")


async def test_what_has_long_expired_is_not_kept(clock: ManualClock) -> None:
    cache = MemoryCache(clock)
    await Denylist(cache, clock).revoke("tok_1", clock.now() - timedelta(hours=1))
    assert not cache._entries


class AwayCache(MemoryCache):
    """A cache whose keeper does not answer."""

    async def get(self, key: str) -> bytes | None:
        raise CacheUnavailable("The cache does not answer.")

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        raise CacheUnavailable("The cache does not answer.")


async def test_while_nobody_knows_no_token_is_accepted(clock: ManualClock) -> None:
    with pytest.raises(RevocationUnknown) as raised:
        await Denylist(AwayCache(clock), clock).is_revoked("tok_1")
    assert (raised.value.code, raised.value.status) == ("REVOCATION_UNKNOWN", 503)


async def test_while_nobody_knows_tokens_are_accepted_where_that_is_wanted(clock: ManualClock) -> None:
    denylist = Denylist(AwayCache(clock), clock, accepts_unknown=True)
    assert not await denylist.is_revoked("tok_1")
    with pytest.raises(CacheUnavailable):
        await denylist.revoke("tok_1", clock.now() + timedelta(seconds=10))
