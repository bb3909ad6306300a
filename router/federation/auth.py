"""`@authenticated`, `@requiresScopes` and `@policy`: who may select a type or a field."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from entrepot.router.federation.directive import Arguments, ArgumentSpecification, DirectiveSpecification

_LOCATIONS = ("FIELD_DEFINITION", "OBJECT", "INTERFACE", "SCALAR", "ENUM")

AUTHENTICATED = DirectiveSpecification(
    name="authenticated", locations=_LOCATIONS, since=(2, 5), feature="authenticated"
)
REQUIRES_SCOPES = DirectiveSpecification(
    name="requiresScopes",
    arguments=(ArgumentSpecification("scopes", "[[Scope!]!]!"),),
    locations=_LOCATIONS,
    since=(2, 5),
    feature="requiresScopes",
)
POLICY = DirectiveSpecification(
    name="policy",
    arguments=(ArgumentSpecification("policies", "[[Policy!]!]!"),),
    locations=_LOCATIONS,
    since=(2, 6),
    feature="policy",
)

Alternatives = tuple[frozenset[str], ...]
"""An OR of ANDs: one of the sets must be held whole. The empty tuple asks for nothing."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """What is asked of a request before it may select a type or a field."""

    is_authenticated: bool = False
    scopes: Alternatives = ()
    policies: Alternatives = ()

    def __bool__(self) -> bool:
        return self.is_authenticated or bool(self.scopes) or bool(self.policies)

    def is_satisfied_by(
        self, *, is_authenticated: bool, scopes: Collection[str] = (), policies: Collection[str] = ()
    ) -> bool:
        """Whether a request with these claims may select what carries this authorization.

        Scopes and policies are asked of an authenticated request only; `policies` names those that hold for it.
        """
        if self.is_authenticated and not is_authenticated:
            return False
        if self.scopes and not (is_authenticated and _holds_one(self.scopes, scopes)):
            return False
        return not self.policies or _holds_one(self.policies, policies)

    def both(self, other: Authorization) -> Authorization:
        """What must hold where this and the other are asked, such as for a field and for its type."""
        return Authorization(
            is_authenticated=self.is_authenticated or other.is_authenticated,
            scopes=_conjunction(self.scopes, other.scopes),
            policies=_conjunction(self.policies, other.policies),
        )


NO_AUTHORIZATION = Authorization()


def parse_authenticated(_: Arguments) -> Authorization:
    return Authorization(is_authenticated=True)


def parse_requires_scopes(arguments: Arguments) -> Authorization:
    return Authorization(scopes=_parse_alternatives(arguments.get("scopes")))


def parse_policy(arguments: Arguments) -> Authorization:
    return Authorization(policies=_parse_alternatives(arguments.get("policies")))


def _parse_alternatives(value: object) -> Alternatives:
    rows = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(frozenset(map(str, row if isinstance(row, list) else [row])) for row in rows)


def _holds_one(alternatives: Alternatives, held: Collection[str]) -> bool:
    names = frozenset(held)
    return any(alternative <= names for alternative in alternatives)


def _conjunction(left: Alternatives, right: Alternatives) -> Alternatives:
    if not left or not right:
        return left or right
    rows = {first | second for first in left for second in right}
    return tuple(sorted((row for row in rows if not any(other < row for other in rows)), key=sorted))
