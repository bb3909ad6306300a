"""Who is calling: one value for customers, staff and the anonymous alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from entrepot.shared.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller. `user_id` is None for the anonymous; `scopes` are concrete, wildcards were expanded at issue."""

    user_id: str | None = None
    scopes: frozenset[str] = frozenset()
    roles: tuple[str, ...] = ()
    token_id: str | None = None
    session_id: str | None = None
    expires_at: datetime | None = None

    @property
    def is_authenticated(self) -> bool:
        return self.user_id is not None

    def has_scopes(self, requirement: Iterable[Iterable[str]]) -> bool:
        """Whether any of the alternatives is held whole, as `@requiresScopes` means it (an OR of ANDs)."""
        return any(self.scopes.issuperset(alternative) for alternative in requirement)

    def require_user(self) -> str:
        """The user's id; raises Unauthenticated for the anonymous."""
        if self.user_id is None:
            raise Unauthenticated("Log in first: this needs an access token in the Authorization header.")
        return self.user_id

    def to_claims(self) -> dict[str, Any]:
        """The claims by which one process tells another who is calling."""
        return {"sub": self.user_id, "scope": " ".join(sorted(self.scopes)), "roles": list(self.roles)} | {
            key: value
            for key, value in (
                ("act_jti", self.token_id),
                ("sid", self.session_id),
                ("act_exp", int(self.expires_at.timestamp()) if self.expires_at else None),
            )
            if value is not None
        }


ANONYMOUS = Principal()


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a unit of work runs, and the address that the request came from, where that is known."""

    principal: Principal = ANONYMOUS
    address: str | None = None
    is_system: bool = False

    @property
    def user_id(self) -> str | None:
        return self.principal.user_id

    def require_user(self) -> str:
        """The user's id; raises Unauthenticated for the anonymous."""
        return self.principal.require_user()


SYSTEM = Caller(is_system=True)
"""Jobs, event handlers and seeds: nobody asked for them in a request."""


def read_principal(claims: Mapping[str, Any]) -> Principal:
    """The caller that verified claims speak of; `scope` is space-separated (RFC 8693) or a list.

    Raises Unauthenticated when a claim is not of the type that it must be, and for a subject without a name.
    """
    return _read(claims, "jti", "exp")


def read_forwarded_principal(claims: Mapping[str, Any]) -> Principal:
    """The same for the claims of a router's identity, which names the client's token beside itself.

    Only there are these names the router's own; the token of an issuer may use them for anything.
    """
    return _read(claims, "act_jti", "act_exp")


def _read(claims: Mapping[str, Any], token_id: str, expires_at: str) -> Principal:
    scope = claims.get("scope") or ""
    user_id = _text(claims, "sub")
    if user_id is not None and not user_id.strip():
        raise _malformed("sub")
    return Principal(
        user_id=user_id,
        scopes=frozenset(scope.split() if isinstance(scope, str) else _texts("scope", scope)),
        roles=_texts("roles", claims.get("roles") or ()),
        token_id=_text(claims, token_id),
        session_id=_text(claims, "sid"),
        expires_at=_moment(claims, expires_at),
    )


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    if value is not None and not isinstance(value, str):
        raise _malformed(name)
    return value


def _texts(name: str, values: Any) -> tuple[str, ...]:
    if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
        raise _malformed(name)
    return tuple(values)


def _moment(claims: Mapping[str, Any], name: str) -> datetime | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _malformed(name)
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise _malformed(name) from None


def _malformed(name: str) -> Unauthenticated:
    return Unauthenticated(f"The claim {name} of the token is not of the form that it must have. Log in again.")
