"""The caller of a request."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.shared.auth import ANONYMOUS, Principal


@dataclass(frozen=True, slots=True)
class Caller:
    """The verified principal, the policies of its claims, and its `Authorization` header.

    A caller with an API key has the key, which is as secret as a token, and the name of the key instead.
    """

    principal: Principal = ANONYMOUS
    policies: frozenset[str] = frozenset()
    authorization: str | None = None
    api_key: str | None = field(default=None, repr=False)
    key_name: str | None = None
