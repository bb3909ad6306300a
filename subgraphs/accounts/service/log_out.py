"""Logging out, here or everywhere."""

from __future__ import annotations

from shared.auth import Principal
from subgraphs.accounts.key_ring import TOKEN_MARGIN
from subgraphs.accounts.models import Session
from subgraphs.accounts.repository import AccountsRepository
from subgraphs.accounts.service.sessions import Unit, deny_sessions
from subgraphs.accounts.states import RevocationReason


async def log_out(unit: Unit, *, principal: Principal, everywhere: bool) -> Session | None:
    """End the caller's session, or all that the caller has; answers the caller's own, None when it is gone already.

    The caller's token is refused from now on, whether or not there is a session behind it.
    """
    repository = AccountsRepository(unit.session)
    user_id, reason = principal.require_user(), RevocationReason.LOGGED_OUT
    session = await repository.get_session(principal.session_id) if principal.session_id else None
    if session is not None and session.user_id != user_id:
        session = None
    ended = {session.id} if session else set()
    if everywhere:
        ended.update(await repository.revoke_sessions_of(user_id, reason, unit.now))
    elif session is not None:
        await repository.revoke_session(session.id, reason, unit.now)
    await deny_sessions(unit, sorted(ended))
    if principal.token_id is not None and principal.expires_at is not None:
        await unit.ports.denylist.revoke(principal.token_id, principal.expires_at + TOKEN_MARGIN)
    if session is not None:
        await unit.session.refresh(session)
    return session
