"""The life of a session."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from entrepot.shared.states import StateMachine, Transition


class SessionStatus(StrEnum):
    """Whether a session can be refreshed."""

    ACTIVE = "ACTIVE"
    """Its latest refresh token is valid until `expiresAt`."""
    REVOKED = "REVOKED"
    """Ended before it expired; see `revocationReason`."""


SESSION: Final = StateMachine(
    "Session", SessionStatus.ACTIVE, [Transition(SessionStatus.ACTIVE, SessionStatus.REVOKED)]
)


class RevocationReason(StrEnum):
    """Why a session ended before it expired."""

    LOGGED_OUT = "LOGGED_OUT"
    """The user logged out."""
    REUSE = "REUSE"
    """A refresh token was used twice, which suggests that it was stolen."""
    CREDENTIALS_CHANGED = "CREDENTIALS_CHANGED"
    """The password was changed in another session."""
    ROLE_REVOKED = "ROLE_REVOKED"
    """The user lost a role, so the scopes in its access tokens were out of date."""
