"""Logging out, here or everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.subgraphs.accounts.key_ring import TOKEN_MARGIN
from entrepot.subgraphs.accounts.models import Session
from entrepot.subgraphs.accounts.repository import AccountsRepository
from entrepot.subgraphs.accounts.service.sessions import Unit, deny_sessions
from entrepot.subgraphs.accounts.states import RevocationReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Logout:
    """End the session of the caller; its tokens become invalid immediately."""

    everywhere: bool = False
    """Whether to end all sessions of the caller instead of the current one only."""


async def log_out(unit: Unit, command: Logout) -> Session | None:
    """End the caller's session, or all that the caller has; answers the caller's own, None when it is gone already.

    The caller's token is refused from now on, whether or not there is a session behind it.
    """
    repository = AccountsRepository(unit.session)
    principal, reason = unit.caller.principal, RevocationReason.LOGGED_OUT
    user_id = principal.require_user()
    session = await repository.get_session(principal.session_id) if principal.session_id else None
    if session is not None and session.user_id != user_id:
        session = None
    ended = {session.id} if session else set()
    if command.everywhere:
        ended.update(await repository.revoke_sessions_of(user_id, reason, unit.now))
    elif session is not None:
        await repository.revoke_session(session.id, reason, unit.now)
    await deny_sessions(unit, sorted(ended))
    if principal.token_id is not None and principal.expires_at is not None:
        await unit.dependencies.denylist.revoke(principal.token_id, principal.expires_at + TOKEN_MARGIN)
    if session is not None:
        await unit.session.refresh(session)
    return session
