"""What an entry of the audit log says: who acts, on what, and what changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from entrepot.shared.auth import Caller

ANONYMOUS_ACTOR: Final = "anonymous"
_SYSTEM_ACTOR: Final = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and from where. `id` is a user's id, `service:<name>`, `system` or `anonymous`.

    `address` is personal data, and stored as such.
    """

    id: str
    scopes: tuple[str, ...] = ()
    impersonator: str | None = None
    address: str | None = None

    @classmethod
    def of(cls, caller: Caller) -> Self:
        """The caller of a request, or of a job or handler of ours."""
        if caller.is_system:
            return cls(_SYSTEM_ACTOR)
        principal = caller.principal
        return cls(principal.user_id or ANONYMOUS_ACTOR, tuple(sorted(principal.scopes)), None, caller.address)


SYSTEM: Final = Actor(_SYSTEM_ACTOR)
"""Handlers of events and jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change to one object; `action` is the name of the mutation or job.

    `before` and `after` hold fields with the values that they had and have; fields with the same value in both are left
    out. `personal` names those whose values are personal data, at any depth, beside the names that always are. Values
    of passwords and tokens are never written. `subject` is the person whose data it is, by default the object.
    """

    actor: Actor
    action: str
    object_type: str
    object_id: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    personal: Collection[str] = ()
    subject: str | None = None
    reason: str | None = None
