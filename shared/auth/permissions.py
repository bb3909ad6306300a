"""Scopes and the roles that stand for them: each subgraph declares its own, the composition root merges all.

A customer's own things need a login and no scope; a scope opens what belongs to everybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

CUSTOMER: Final = "customer"
"""The role of every user who registers."""
ADMIN: Final = "admin"
"""The role that has every scope of every subgraph, without being declared."""

_SCOPE: Final = re.compile(r"[a-z]+:[a-z_]+")


@dataclass(frozen=True, slots=True)
class Permissions:
    """The scopes that a subgraph knows, and which of them a role has; or those of all subgraphs, merged."""

    scopes: Mapping[str, str] = field(default_factory=dict)
    """Scope -> what it permits."""
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Role -> its scopes among these."""

    def __post_init__(self) -> None:
        """Raises ValueError for a malformed scope, and for a role with a scope that is not declared."""
        for scope in self.scopes:
            if not _SCOPE.fullmatch(scope):
                raise ValueError(f"The scope {scope!r} is not of the form domain:action, in lower-case letters.")
        for role, scopes in self.roles.items():
            for scope in scopes:
                if scope not in self.scopes:
                    raise ValueError(f"The role {role} has the scope {scope!r}, which is not declared beside it.")

    def expand(self, roles: Iterable[str]) -> frozenset[str]:
        """All scopes of the roles; a role that is not known has none."""
        names = frozenset(roles)
        if ADMIN in names:
            return frozenset(self.scopes)
        return frozenset(scope for role in names for scope in self.roles.get(role, ()))


KERNEL_PERMISSIONS: Final = Permissions(
    scopes={
        "admin:outbox": "See and repeat what could not be delivered between domains.",
        "audit:read": "See who changed what, with the personal data in it that is not erased.",
    },
    roles={"auditor": ("audit:read",)},
)
"""What every subgraph has beside its own: the queue of its events, and its audit log."""


def merge_permissions(declared: Iterable[Permissions]) -> Permissions:
    """The scopes and roles of all; raises ValueError for a scope that two declare."""
    scopes: dict[str, str] = {}
    roles: dict[str, tuple[str, ...]] = {CUSTOMER: (), ADMIN: ()}
    for each in declared:
        for scope, meaning in each.scopes.items():
            if scope in scopes:
                raise ValueError(f"The scope {scope!r} is declared twice.")
            scopes[scope] = meaning
        for role, own in each.roles.items():
            roles[role] = (*roles.get(role, ()), *own)
    roles[ADMIN] = tuple(scopes)
    return Permissions(dict(sorted(scopes.items())), roles)
