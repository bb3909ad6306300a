"""The versions of the federation specification and the directives and types each of them defines."""

from __future__ import annotations

from entrepot.router.federation.compose_directive import COMPOSE_DIRECTIVE
from entrepot.router.federation.contexts import CONTEXT, FROM_CONTEXT
from entrepot.router.federation.demand import COST, LIST_SIZE
from entrepot.router.federation.directive import ArgumentSpecification, DirectiveSpecification, Version
from entrepot.router.federation.external import EXTENDS, EXTERNAL
from entrepot.router.federation.inaccessible import INACCESSIBLE
from entrepot.router.federation.interface_object import INTERFACE_OBJECT
from entrepot.router.federation.keys import KEY
from entrepot.router.federation.override import OVERRIDE
from entrepot.router.federation.provides import PROVIDES
from entrepot.router.federation.requires import REQUIRES
from entrepot.router.federation.shareable import SHAREABLE
from entrepot.router.federation.tags import CACHE_TAG, TAG

FEDERATION_1: Version = (1, 0)
VERSIONS: tuple[Version, ...] = tuple((2, minor) for minor in range(15))
LATEST = VERSIONS[-1]

_PROTECTED_PARTS = ("FIELD_DEFINITION", "OBJECT", "INTERFACE", "SCALAR", "ENUM")

AUTHENTICATED = DirectiveSpecification(
    name="authenticated", locations=_PROTECTED_PARTS, since=(2, 5), feature="authenticated"
)
REQUIRES_SCOPES = DirectiveSpecification(
    name="requiresScopes",
    arguments=(ArgumentSpecification("scopes", "[[Scope!]!]!"),),
    locations=_PROTECTED_PARTS,
    since=(2, 5),
    feature="requiresScopes",
)
POLICY = DirectiveSpecification(
    name="policy",
    arguments=(ArgumentSpecification("policies", "[[Policy!]!]!"),),
    locations=_PROTECTED_PARTS,
    since=(2, 6),
    feature="policy",
)

DIRECTIVES: dict[str, DirectiveSpecification] = {
    specification.name: specification
    for specification in (
        AUTHENTICATED,
        CACHE_TAG,
        COMPOSE_DIRECTIVE,
        CONTEXT,
        COST,
        EXTENDS,
        EXTERNAL,
        FROM_CONTEXT,
        INACCESSIBLE,
        INTERFACE_OBJECT,
        KEY,
        LIST_SIZE,
        OVERRIDE,
        POLICY,
        PROVIDES,
        REQUIRES,
        REQUIRES_SCOPES,
        SHAREABLE,
        TAG,
    )
}

TYPES: dict[str, Version] = {
    "FieldSet": (2, 0),
    "Scope": (2, 5),
    "Policy": (2, 6),
    "ContextFieldValue": (2, 8),
}
"""The scalars of the specification, and since when it has them."""


def directives_at(version: Version) -> tuple[DirectiveSpecification, ...]:
    """The directives that a subgraph of this version may use; federation 1 is version 1.0."""
    if version < VERSIONS[0]:
        return tuple(specification for specification in DIRECTIVES.values() if specification.is_in_federation_1)
    return tuple(specification for specification in DIRECTIVES.values() if version >= specification.since)


def types_at(version: Version) -> tuple[str, ...]:
    """The scalars that this version of the specification defines."""
    return tuple(name for name, since in TYPES.items() if version >= since)
