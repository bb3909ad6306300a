"""Giving roles to users and taking them away."""

from __future__ import annotations

from entrepot.shared.errors import NotFound
from entrepot.subgraphs.accounts.errors import OwnRole
from entrepot.subgraphs.accounts.models import User
from entrepot.subgraphs.accounts.repository import AccountsRepository
from entrepot.subgraphs.accounts.roles import UserRole
from entrepot.subgraphs.accounts.service.sessions import Unit, deny_sessions
from entrepot.subgraphs.accounts.states import RevocationReason


async def grant_role(unit: Unit, *, user_id: str, role: UserRole, actor_id: str) -> User:
    """The user with the role, which shows in the next access token; raises NotFound."""
    user = await _find_user(unit, user_id)
    await AccountsRepository(unit.session).add_grant(user_id, role, granted_by=actor_id, now=unit.now)
    return user


async def revoke_role(unit: Unit, *, user_id: str, role: UserRole, actor_id: str) -> User:
    """The user without the role; raises NotFound, OwnRole.

    Their sessions end, so that no token goes on to say what is no longer true.
    """
    user = await _find_user(unit, user_id)
    if role is UserRole.ADMIN and user_id == actor_id:
        raise OwnRole
    repository = AccountsRepository(unit.session)
    if await repository.remove_grant(user_id, role):
        ended = await repository.revoke_sessions_of(user_id, RevocationReason.ROLE_REVOKED, unit.now)
        await deny_sessions(unit, ended)
    return user


async def _find_user(unit: Unit, user_id: str) -> User:
    user = await AccountsRepository(unit.session).get_user(user_id)
    if user is None:
        raise NotFound("user", user_id, path=("userId",))
    return user
