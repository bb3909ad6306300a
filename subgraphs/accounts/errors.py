"""What accounts refuse."""

from __future__ import annotations

import math
from collections.abc import Iterable

from entrepot.shared.errors import DomainError, InvalidInput


class InvalidCredentials(DomainError):
    """The email address or the password is wrong; for security the error does not say which."""

    code = "INVALID_CREDENTIALS"
    status = 401

    def __init__(self, *, path: Iterable[str] = ()) -> None:
        super().__init__("Email address or password is wrong. Check both and try again.", path=path)


class EmailTaken(DomainError):
    """An account with this email address exists; log in instead."""

    code = "EMAIL_TAKEN"
    status = 409

    def __init__(self) -> None:
        super().__init__("There is an account with that email address. Log in instead.", path=("email",))


class WeakPassword(InvalidInput):
    """The password has fewer than 10 or more than 128 characters, or is easy to guess."""

    code = "WEAK_PASSWORD"


class InvalidRefreshToken(DomainError):
    """The refresh token is unknown, already used, expired or revoked; log in again."""

    code = "INVALID_REFRESH_TOKEN"
    status = 401

    def __init__(self) -> None:
        super().__init__("The refresh token is not valid, or no longer. Log in again.", path=("refreshToken",))


class TooManyAttempts(DomainError):
    """Too many attempts for this account or address; try again after `retryAfter` seconds."""

    code = "TOO_MANY_ATTEMPTS"
    status = 429

    retry_after: int
    """The number of seconds to wait before the next attempt."""

    def __init__(self, seconds: float) -> None:
        retry_after = math.ceil(seconds)
        super().__init__(f"Too many attempts. Try again in {retry_after} s.")
        self.retry_after = retry_after


class OwnRole(DomainError):
    """Administrators cannot revoke their own admin role; another administrator has to do it."""

    code = "OWN_ROLE"
    status = 409

    def __init__(self) -> None:
        super().__init__("You cannot take the admin role from yourself. Ask another admin to do it.", path=("role",))
