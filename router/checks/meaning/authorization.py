"""Changes of who may select a type or a field: `@authenticated`, `@requiresScopes`, `@policy`."""

from __future__ import annotations

from collections.abc import Iterator

from entrepot.router.checks.change import Change
from entrepot.router.federation.auth import Alternatives, Authorization
from entrepot.router.supergraph import Supergraph


def compare_authorization(base: Supergraph, head: Supergraph) -> Iterator[Change]:
    """One change per coordinate; looser wins over tighter where it is both, since it lets somebody in."""
    for name, type_ in base.types.items():
        other = head.types.get(name)
        if other is None:
            continue
        yield from _compare(name, type_.authorization, other.authorization)
        for field_name, field in type_.fields.items():
            if (after := other.fields.get(field_name)) is not None:
                yield from _compare(f"{name}.{field_name}", field.authorization, after.authorization)


def _compare(coordinate: str, base: Authorization, head: Authorization) -> Iterator[Change]:
    if base == head:
        return
    texts = f"from {_print(base)} to {_print(head)}"
    if not _is_at_least_as_strict(head, base):
        message = f"The authorization of {coordinate} changes {texts}: callers that were refused are let in."
        yield Change.of("AUTHORIZATION_LOOSENED", coordinate, message)
    elif not _is_at_least_as_strict(base, head):
        message = f"The authorization of {coordinate} changes {texts}: callers that were let in are refused."
        yield Change.of("AUTHORIZATION_TIGHTENED", coordinate, message)


def _is_at_least_as_strict(this: Authorization, other: Authorization) -> bool:
    """Whether every request that satisfies this satisfies the other; scopes are asked of authenticated callers only."""
    if other.is_authenticated and not (this.is_authenticated or this.scopes):
        return False
    return _implies(this.scopes, other.scopes) and _implies(this.policies, other.policies)


def _implies(this: Alternatives, other: Alternatives) -> bool:
    """Whether each alternative of this holds one of the other whole."""
    if not other:
        return True
    return bool(this) and all(any(needed <= held for needed in other) for held in this)


def _print(authorization: Authorization) -> str:
    parts = []
    if authorization.is_authenticated:
        parts.append("@authenticated")
    for name, alternatives in ("@requiresScopes", authorization.scopes), ("@policy", authorization.policies):
        if alternatives:
            parts.append(f"{name}({' or '.join(sorted(' and '.join(sorted(each)) for each in alternatives))})")
    return " ".join(parts) or "none"
