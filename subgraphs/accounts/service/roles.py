"""Giving roles to users and taking them away."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.shared.errors import NotFound
from entrepot.shared.scalars import Id
from entrepot.subgraphs.accounts.errors import OwnRole
from entrepot.subgraphs.accounts.events import user_changed
from entrepot.subgraphs.accounts.models import User
from entrepot.subgraphs.accounts.repository import AccountsRepository
from entrepot.subgraphs.accounts.roles import UserRole
from entrepot.subgraphs.accounts.service.sessions import Unit, deny_sessions
from entrepot.subgraphs.accounts.states import RevocationReason


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRole:
    """Add a role to a user; its scopes are in their next access token."""

    user_id: Id
    """The user who receives the role: `User.id`."""
    role: UserRole
    """The role to add; nothing changes when the user has it."""


async def grant_role(unit: Unit, command: GrantRole) -> User:
    """The user with the role, which shows in the next access token; raises NotFound."""
    actor_id = unit.caller.require_user()
    user = await _lock_user(unit, command.user_id)
    repository = AccountsRepository(unit.session)
    if await repository.add_grant(user.id, command.role, granted_by=actor_id, now=unit.now):
        unit.publish(user_changed(user, await repository.list_roles(user.id)))
    return user


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeRole:
    """Remove a role from a user and end all their sessions, so that it takes effect immediately."""

    user_id: Id
    """The user who loses the role: `User.id`."""
    role: UserRole
    """The role to remove; nothing changes when the user does not have it."""


async def revoke_role(unit: Unit, command: RevokeRole) -> User:
    """The user without the role; raises NotFound, OwnRole.

    Their sessions end, so that no token goes on to say what is no longer true.
    """
    actor_id = unit.caller.require_user()
    user = await _lock_user(unit, command.user_id)
    if command.role is UserRole.ADMIN and user.id == actor_id:
        raise OwnRole
    repository = AccountsRepository(unit.session)
    if await repository.remove_grant(user.id, command.role):
        unit.publish(user_changed(user, await repository.list_roles(user.id)))
        ended = await repository.revoke_sessions_of(user.id, RevocationReason.ROLE_REVOKED, unit.now)
        await deny_sessions(unit, ended)
    return user


async def _lock_user(unit: Unit, user_id: str) -> User:
    """Locked: two changes of one user's roles are published one after the other, the second with both."""
    user = await AccountsRepository(unit.session).get_user(user_id, for_update=True)
    if user is None:
        raise NotFound("user", user_id, path=("userId",))
    return user
