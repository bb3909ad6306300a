"""Revoked tokens and sessions."""

from __future__ import annotations

from datetime import timedelta

from shared.auth import Denylist
from shared.caching import MemoryCache
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
