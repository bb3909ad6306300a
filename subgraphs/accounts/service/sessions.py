"""What the use cases share: opening sessions, going on with them, ending them for every token there is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from entrepot.shared.events import UnitOfWork
from entrepot.subgraphs.accounts.errors import InvalidCredentials
from entrepot.subgraphs.accounts.models import RefreshToken, Session, User
from entrepot.subgraphs.accounts.ports import AccountsDependencies
from entrepot.subgraphs.accounts.repository import AccountsRepository
from entrepot.subgraphs.accounts.states import SESSION
from entrepot.subgraphs.accounts.tokens import AccessToken, build_refresh_token, hash_token

Unit = UnitOfWork[AccountsDependencies]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a user gets who logged in or stays so; the refresh token is kept nowhere else."""

    user: User
    session: Session
    access: AccessToken
    refresh_token: str = field(repr=False)


async def open_session(unit: Unit, user: User) -> SignedIn:
    """A new session with its first tokens."""
    session = Session(
        id=unit.new_id("ses"),
        user_id=user.id,
        status=SESSION.initial,
        created_at=unit.now,
        refreshed_at=unit.now,
        expires_at=unit.now + timedelta(seconds=unit.dependencies.settings.refresh_token_lifetime),
    )
    AccountsRepository(unit.session).add(session)
    await unit.session.flush()
    return await issue_tokens(unit, user, session)


async def issue_tokens(unit: Unit, user: User, session: Session) -> SignedIn:
    """The next tokens of a session; the access token has the scopes of the user's roles as they are now."""
    repository = AccountsRepository(unit.session)
    roles = await repository.list_roles(user.id)
    text = build_refresh_token(unit.environment.randomness)
    repository.add(
        RefreshToken(
            token_hash=hash_token(text),
            session_id=session.id,
            created_at=unit.now,
            expires_at=session.expires_at,
        )
    )
    access = unit.dependencies.tokens.issue(user_id=user.id, session_id=session.id, roles=roles)
    return SignedIn(user, session, access, text)


async def deny_sessions(unit: Unit, session_ids: Iterable[str]) -> None:
    """Refuse the access tokens of the sessions from now on.

    Before the commit: when the denylist cannot be reached, the session is not ended either, and the caller learns it.
    """
    until = unit.dependencies.tokens.last_expiry(unit.now)
    for session_id in session_ids:
        await unit.dependencies.denylist.revoke(session_id, until)


async def find_current_hash(unit: Unit, user_id: str, password: str, *, path: Iterable[str] = ()) -> str:
    """The hash stored now, for a password that was right for the one before it; raises InvalidCredentials.

    Not only a change of the password replaces a hash, but also a login does, with one of today's parameters.
    """
    stored = await AccountsRepository(unit.session).get_password_hash(user_id)
    if stored is None or not await unit.dependencies.passwords.verify(stored, password):
        raise InvalidCredentials(path=path)
    return stored
