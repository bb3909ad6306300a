"""Logging out, here or everywhere."""

from __future__ import annotations

from entrepot.shared.auth import Principal
from entrepot.subgraphs.accounts.key_ring import TOKEN_MARGIN
from entrepot.subgraphs.accounts.models import Session
from entrepot.subgraphs.accounts.repository import AccountsRepository
from entrepot.subgraphs.accounts.service.sessions import Unit, deny_sessions
from entrepot.subgraphs.accounts.states import RevocationReason


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
        await unit.dependencies.denylist.revoke(principal.token_id, principal.expires_at + TOKEN_MARGIN)
    if session is not None:
        await unit.session.refresh(session)
    return session
