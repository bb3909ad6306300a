"""`@composeDirective(name:)`: carry a directive of the user's own into the supergraph."""

from __future__ import annotations

from entrepot.router.federation.directive import Arguments, ArgumentSpecification, DirectiveSpecification

COMPOSE_DIRECTIVE = DirectiveSpecification(
    name="composeDirective",
    arguments=(ArgumentSpecification("name", "String"),),
    locations=("SCHEMA",),
    repeatable_since=(2, 1),
    since=(2, 1),
)


def parse_compose_directive(arguments: Arguments) -> str:
    """The directive's name with its `@`; empty text where it is not a string."""
    name = arguments.get("name")
    return name if isinstance(name, str) else ""
