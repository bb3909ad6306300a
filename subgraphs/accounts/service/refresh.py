"""Refreshing: a refresh token is used up for the next one of its session, or gives a theft away."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from entrepot.subgraphs.accounts.errors import InvalidRefreshToken
from entrepot.subgraphs.accounts.models import RefreshToken
from entrepot.subgraphs.accounts.repository import AccountsRepository
from entrepot.subgraphs.accounts.service.sessions import SignedIn, Unit, deny_sessions, issue_tokens
from entrepot.subgraphs.accounts.states import RevocationReason
from entrepot.subgraphs.accounts.tokens import hash_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """Exchange a refresh token for the next pair of tokens. Needs no access token.

    A refresh token that is used twice ends its session, because it may be stolen.
    """

    refresh_token: str = field(repr=False)
    """The latest refresh token of the session. It can be used once; the payload holds the next one."""


async def refresh(unit: Unit, command: Refresh) -> SignedIn | InvalidRefreshToken:
    """The next tokens, or the refusal as a value: what it changed (a family is revoked) has to be committed.

    A token that was spent comes again only when it was copied (or by a client that lost an answer, which cannot be
    distinguished), so the whole session ends for both holders (RFC 9700 section 4.14.2).
    """
    repository = AccountsRepository(unit.session)
    token = await repository.get_refresh_token(hash_token(command.refresh_token))
    if token is None:
        return InvalidRefreshToken()
    if not await repository.spend_refresh_token(token.token_hash, unit.now):
        if token.expires_at > unit.now:
            await _revoke_family(unit, repository, token)
        return InvalidRefreshToken()
    return await _go_on(unit, repository, token)


async def _go_on(unit: Unit, repository: AccountsRepository, token: RefreshToken) -> SignedIn | InvalidRefreshToken:
    session = await repository.get_session(token.session_id)
    assert session is not None, "a foreign key keeps the session"
    settings = unit.dependencies.settings
    expires_at = min(
        unit.now + timedelta(seconds=settings.refresh_token_lifetime),
        session.created_at + timedelta(seconds=settings.session_lifetime),
    )
    # The row in the session of the unit follows the statement, so that the next token expires with it.
    if not await repository.prolong_session(session.id, now=unit.now, expires_at=expires_at):
        return InvalidRefreshToken()
    user = await repository.get_user(session.user_id)
    assert user is not None, "a foreign key keeps the user"
    return await issue_tokens(unit, user, session)


async def _revoke_family(unit: Unit, repository: AccountsRepository, token: RefreshToken) -> None:
    if await repository.revoke_session(token.session_id, RevocationReason.REUSE, unit.now):
        await deny_sessions(unit, [token.session_id])
