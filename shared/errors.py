"""Every error that a subgraph raises on purpose.

EntrepotError
├── PublicError                    the message says what to do and is safe to show
│   ├── DomainError                a business refusal: data in the `errors` of a mutation's payload
│   │   ├── InvalidInput           BAD_USER_INPUT        400
│   │   ├── InputErrors            BAD_USER_INPUT        400
│   │   ├── NotFound               NOT_FOUND             404
│   │   ├── InvalidTransition      INVALID_TRANSITION    409
│   │   ├── StaleVersion           STALE_VERSION         409
│   │   ├── IdempotencyConflict    IDEMPOTENCY_CONFLICT  409
│   │   └── (each domain's own, in its errors.py)
│   ├── Unauthenticated            UNAUTHENTICATED       401
│   ├── Forbidden                  FORBIDDEN             403
│   ├── RateLimited                RATE_LIMITED          429
│   ├── Unavailable                SERVICE_UNAVAILABLE   503
│   └── Contended                  CONTENDED             409
└── InternalError                  ours: logged whole, shown as INTERNAL_SERVER_ERROR
    └── SettingsInvalid            SETTINGS_INVALID      a process refuses to start
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import ClassVar


class EntrepotError(Exception):
    """The root: a stable code and a message."""

    code: ClassVar[str] = "INTERNAL_SERVER_ERROR"
    status: ClassVar[int] = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class PublicError(EntrepotError):
    """Shown as it is: the caller's fault, or something that passes."""

    code = "BAD_REQUEST"
    status = 400


class DomainError(PublicError):
    """A business refusal; `path` names the input field it is about, from the input's root."""

    def __init__(self, message: str, *, path: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.path = tuple(path)


class InvalidInput(DomainError):
    """A value in the input is malformed or out of range; correct it before trying again."""

    code = "BAD_USER_INPUT"


class InputErrors(DomainError):
    """Several errors of one input; in a payload each of them is an error of its own."""

    code = "BAD_USER_INPUT"

    def __init__(self, errors: Iterable[DomainError]) -> None:
        self.errors = tuple(errors)
        super().__init__(" ".join(error.message for error in self.errors))


class NotFound(DomainError):
    """The object does not exist, or the caller may not see it."""

    code = "NOT_FOUND"
    status = 404

    def __init__(self, kind: str, identity: str, *, path: Iterable[str] = ()) -> None:
        super().__init__(f"There is no {kind} {identity!r} that you can see. Check the id.", path=path)
        self.kind = kind
        self.identity = identity


class InvalidTransition(DomainError):
    """The object cannot change from its current state to the one requested."""

    code = "INVALID_TRANSITION"
    status = 409

    def __init__(self, machine: str, source: str, target: str, allowed: Iterable[str]) -> None:
        self.source = source
        self.target = target
        self.allowed = sorted(allowed)
        choices = ", ".join(self.allowed) or "no other state: it is final"
        super().__init__(f"{machine} cannot go from {source} to {target}; it can go to {choices}.")


class StaleVersion(DomainError):
    """Another request changed the object in the meantime; read it again and repeat the change."""

    code = "STALE_VERSION"
    status = 409

    def __init__(self, kind: str, identity: str) -> None:
        super().__init__(f"The {kind} {identity!r} changed in the meantime. Read it again and repeat the change.")
        self.kind = kind
        self.identity = identity


class IdempotencyConflict(DomainError):
    """The idempotency key was used before with a different input; use a new key for a new request."""

    code = "IDEMPOTENCY_CONFLICT"
    status = 409

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The idempotency key {key!r} was used before with another input. Use a fresh key for another request.",
            path=("idempotencyKey",),
        )
        self.key = key


class Unauthenticated(PublicError):
    """The caller is not authenticated: no token, or one that is expired, revoked, forged or for somebody else."""

    code = "UNAUTHENTICATED"
    status = 401


class Forbidden(PublicError):
    """Known, but without the right."""

    code = "FORBIDDEN"
    status = 403


class RateLimited(PublicError):
    """Too much at once; come back after `retry_after` seconds."""

    code = "RATE_LIMITED"
    status = 429

    def __init__(self, retry_after: float) -> None:
        wait = f"Try again in {math.ceil(retry_after)} s." if math.isfinite(retry_after) else "Ask for less at once."
        super().__init__(f"Too many requests. {wait}")
        self.retry_after = retry_after


class Unavailable(PublicError):
    """Something that this needs is unavailable for the moment; whether a change was made may be unknown."""

    code = "SERVICE_UNAVAILABLE"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            "A dependency is unavailable at the moment. Try again shortly; send a mutation with the same idempotency "
            "key, and it takes effect once."
        )


class Contended(PublicError):
    """Many requests change the same object at once, and this one was last each time; nothing was changed."""

    code = "CONTENDED"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            "Too many requests change the same object at once, and this one changed nothing. Try again shortly."
        )


class InternalError(EntrepotError):
    """Ours."""


class SettingsInvalid(InternalError):
    """A setting is missing, unknown or of the wrong type; the message lists all that are."""

    code = "SETTINGS_INVALID"
