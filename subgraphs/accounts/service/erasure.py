"""Erasure of a user's personal data: the account stays as a row that nobody can log in to."""

from __future__ import annotations

from entrepot.subgraphs.accounts.repository import AccountsRepository
from entrepot.subgraphs.accounts.service.sessions import Unit, deny_sessions
from entrepot.subgraphs.accounts.states import RevocationReason


async def erase_account(unit: Unit, user_id: str) -> int:
    """Replace name, email address and password of the user, and end all their sessions; 0 for an unknown user."""
    repository = AccountsRepository(unit.session)
    ended = await repository.revoke_sessions_of(user_id, RevocationReason.CREDENTIALS_CHANGED, unit.now)
    await deny_sessions(unit, ended)
    password_hash = await unit.dependencies.passwords.hash(unit.environment.randomness.token_bytes(32).hex())
    return await repository.erase_user(user_id, password_hash, unit.now)
