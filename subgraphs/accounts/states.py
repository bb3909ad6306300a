"""The life of a session."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from entrepot.shared.states import StateMachine, Transition


class SessionStatus(StrEnum):
    """Whether a session can still be refreshed."""

    ACTIVE = "ACTIVE"  # its newest refresh token is good, until it expires
    REVOKED = "REVOKED"  # ended before its time: logged out, token stolen, password or role changed


SESSION: Final = StateMachine(
    "Session", SessionStatus.ACTIVE, [Transition(SessionStatus.ACTIVE, SessionStatus.REVOKED)]
)


class RevocationReason(StrEnum):
    """Why a session was ended before its time."""

    LOGGED_OUT = "LOGGED_OUT"  # its owner ended it
    REUSE = "REUSE"  # a spent refresh token came again, so somebody else has a copy
    CREDENTIALS_CHANGED = "CREDENTIALS_CHANGED"  # the password was changed from another session
    ROLE_REVOKED = "ROLE_REVOKED"  # the user has fewer rights than its tokens say
