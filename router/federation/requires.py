"""`@requires(fields:)`: what a field needs from other subgraphs to be resolved."""

from __future__ import annotations

from entrepot.router.federation.directive import Arguments, ArgumentSpecification, DirectiveSpecification

REQUIRES = DirectiveSpecification(
    name="requires",
    arguments=(ArgumentSpecification("fields", "FieldSet!"),),
    locations=("FIELD_DEFINITION",),
    is_in_federation_1=True,
)


def parse_requires(arguments: Arguments) -> str:
    """The required field set; empty text where it is not a string."""
    fields = arguments.get("fields")
    return fields if isinstance(fields, str) else ""
