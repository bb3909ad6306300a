"""Deleting what time has ended.

A refresh token is kept until it would have expired, spent or not: so long its reuse gives a theft away. A session is
kept for `session_retention` after it expired or was revoked, to answer how and when it ended.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from entrepot.subgraphs.accounts.repository import AccountsRepository
from entrepot.subgraphs.accounts.service.sessions import Unit

_BATCH: Final = 500


async def prune(unit: Unit) -> int:
    """Delete one batch of expired refresh tokens and of sessions that ended long ago; answers how many rows."""
    repository = AccountsRepository(unit.session)
    retention = timedelta(seconds=unit.dependencies.settings.session_retention)
    tokens = await repository.delete_expired_refresh_tokens(unit.now, _BATCH)
    return tokens + await repository.delete_ended_sessions(unit.now - retention, _BATCH)
