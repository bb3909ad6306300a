"""`@provides(fields:)`: fields of the returned entity that come with this field."""

from __future__ import annotations

from entrepot.router.federation.directive import Arguments, ArgumentSpecification, DirectiveSpecification

PROVIDES = DirectiveSpecification(
    name="provides",
    arguments=(ArgumentSpecification("fields", "FieldSet!"),),
    locations=("FIELD_DEFINITION",),
    is_in_federation_1=True,
)


def parse_provides(arguments: Arguments) -> str:
    """The provided field set; empty text where it is not a string."""
    fields = arguments.get("fields")
    return fields if isinstance(fields, str) else ""
