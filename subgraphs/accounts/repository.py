"""Every query of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, delete, exists, or_, select, update

from entrepot.shared.db import Listing, Repository, RowsByKey, changed_rows, insert_or_ignore
from entrepot.subgraphs.accounts.models import RefreshToken, RoleGrant, Session, User
from entrepot.subgraphs.accounts.roles import UserRole
from entrepot.subgraphs.accounts.states import SESSION, RevocationReason, SessionStatus

_REVOCABLE: Final = SESSION.sources_of(SessionStatus.REVOKED)


_SHOWN: Final[tuple[Any, ...]] = (User.id, User.name, User.email, User.created_at)

USERS_BY_ID: Final = RowsByKey(User.id, *_SHOWN)
GRANTS_BY_USER_ID: Final = RowsByKey(RoleGrant.user_id, order=[RoleGrant.role])
ACTIVE_SESSIONS_BY_USER_ID: Final = RowsByKey(
    Session.user_id, order=[Session.id.desc()], where=Session.status == SessionStatus.ACTIVE
)
"""The sessions that nobody ended, newest first; some may have expired."""


@dataclass(frozen=True, slots=True)
class UserFilter:
    """What users must be like; None asks nothing."""

    email: str | None = None
    role: UserRole | None = None


class AccountsRepository(Repository):
    """Users, their roles, sessions and refresh tokens."""

    async def get_user(self, user_id: str, *, for_update: bool = False) -> User | None:
        return await self.session.get(User, user_id, with_for_update=for_update or None)

    async def list_users_after(self, user_id: str, limit: int) -> Sequence[User]:
        query = select(User).where(User.id > user_id).order_by(User.id).limit(limit)
        return (await self.session.scalars(query)).all()

    async def get_user_by_email(self, email: str) -> User | None:
        return await self.session.scalar(select(User).where(User.email == email))

    async def get_password_hash(self, user_id: str) -> str | None:
        return await self.session.scalar(select(User.password_hash).where(User.id == user_id))

    async def replace_password(self, user_id: str, *, known: str, new: str, now: datetime) -> bool:
        """Store the new hash if the known one is still the user's; whether it was."""
        guarded = update(User).where(User.id == user_id, User.password_hash == known)
        values = {"password_hash": new} if new == known else {"password_hash": new, "updated_at": now}
        change = guarded.values(values)
        return changed_rows(await self.session.execute(change)) == 1

    async def erase_user(self, user_id: str, password_hash: str, now: datetime) -> int:
        """Replace what identifies the user; how many users there were, 0 or 1."""
        change = update(User).where(User.id == user_id)
        values = {"email": f"{user_id}@erased.invalid", "name": "", "password_hash": password_hash, "updated_at": now}
        return changed_rows(await self.session.execute(change.values(values)))

    async def list_roles(self, user_id: str) -> list[UserRole]:
        return [UserRole(grant.role) for grant in await self.list_grants_by_user_ids([user_id])]

    async def list_grants_by_user_ids(self, user_ids: Sequence[str]) -> Sequence[RoleGrant]:
        query = select(RoleGrant).where(RoleGrant.user_id.in_(user_ids)).order_by(RoleGrant.role)
        return (await self.session.scalars(query)).all()

    async def is_role_granted(self, role: UserRole) -> bool:
        """Whether anybody has the role."""
        return bool(await self.session.scalar(select(exists().where(RoleGrant.role == role))))

    async def add_grant(self, user_id: str, role: UserRole, *, granted_by: str | None, now: datetime) -> bool:
        """Give the user the role; False when they have it."""
        row = {"user_id": user_id, "role": role.value, "granted_by": granted_by, "granted_at": now}
        return await insert_or_ignore(self.session, RoleGrant.metadata.tables[RoleGrant.__tablename__], row)

    async def remove_grant(self, user_id: str, role: UserRole) -> bool:
        """Take the role from the user; False when they do not have it."""
        query = delete(RoleGrant).where(RoleGrant.user_id == user_id, RoleGrant.role == role)
        return changed_rows(await self.session.execute(query)) == 1

    async def get_session(self, session_id: str) -> Session | None:
        return await self.session.get(Session, session_id)

    async def prolong_session(self, session_id: str, *, now: datetime, expires_at: datetime) -> bool:
        """Note that the session was refreshed, if it is alive; whether it was."""
        change = (
            update(Session)
            .where(Session.id == session_id, _is_alive(now))
            .values(refreshed_at=now, expires_at=expires_at)
        )
        return changed_rows(await self.session.execute(change)) == 1

    async def revoke_session(self, session_id: str, reason: RevocationReason, now: datetime) -> bool:
        """End the session, if nobody has yet; whether nobody had."""
        return len(await self._revoke(Session.id == session_id, reason, now)) == 1

    async def revoke_sessions_of(
        self, user_id: str, reason: RevocationReason, now: datetime, *, except_id: str | None = None
    ) -> Sequence[str]:
        """End all sessions of the user but one; answers the ids of those that were not ended yet."""
        wanted = Session.user_id == user_id
        return await self._revoke(wanted if except_id is None else and_(wanted, Session.id != except_id), reason, now)

    async def get_refresh_token(self, token_hash: str) -> RefreshToken | None:
        return await self.session.get(RefreshToken, token_hash)

    async def spend_refresh_token(self, token_hash: str, now: datetime) -> bool:
        """Use the token up, if it is neither spent nor expired; whether this call did."""
        change = (
            update(RefreshToken)
            .where(
                RefreshToken.token_hash == token_hash,
                RefreshToken.spent_at.is_(None),
                RefreshToken.expires_at > now,
            )
            .values(spent_at=now)
        )
        return changed_rows(await self.session.execute(change)) == 1

    async def delete_expired_refresh_tokens(self, expired_before: datetime, limit: int) -> int:
        """Delete refresh tokens that expired before then."""
        expired = select(RefreshToken.token_hash).where(RefreshToken.expires_at < expired_before).limit(limit)
        return changed_rows(
            await self.session.execute(delete(RefreshToken).where(RefreshToken.token_hash.in_(expired)))
        )

    async def delete_ended_sessions(self, ended_before: datetime, limit: int) -> int:
        """Delete sessions that expired or were revoked before then, with their refresh tokens."""
        ended = or_(Session.expires_at < ended_before, Session.revoked_at < ended_before)
        ids = (await self.session.scalars(select(Session.id).where(ended).limit(limit))).all()
        await self.session.execute(delete(RefreshToken).where(RefreshToken.session_id.in_(ids)))
        return changed_rows(await self.session.execute(delete(Session).where(Session.id.in_(ids))))

    async def _revoke(self, wanted: ColumnElement[bool], reason: RevocationReason, now: datetime) -> Sequence[str]:
        change: Any = (
            update(Session)
            .where(wanted, Session.status.in_(_REVOCABLE))
            .values(status=SessionStatus.REVOKED, revoked_at=now, revocation_reason=reason)
            .returning(Session.id)
        )
        return (await self.session.scalars(change)).all()


def list_users(wanted: UserFilter) -> Listing:
    """Users that pass the filter, oldest first."""
    query: Select[Any] = select(*_SHOWN)
    if wanted.email is not None:
        query = query.where(User.email == wanted.email)
    if wanted.role is not None:
        query = query.where(exists().where(RoleGrant.role == wanted.role, RoleGrant.user_id == User.id))
    return Listing(query, [User.id])


def _is_alive(now: datetime) -> ColumnElement[bool]:
    return and_(Session.status == SessionStatus.ACTIVE, Session.expires_at > now)
