"""`@key(fields:, resolvable:)`: what identifies an entity."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.router.federation.directive import Arguments, ArgumentSpecification, DirectiveSpecification

KEY = DirectiveSpecification(
    name="key",
    arguments=(
        ArgumentSpecification("fields", "FieldSet!"),
        ArgumentSpecification("resolvable", "Boolean", "true"),
    ),
    locations=("OBJECT", "INTERFACE"),
    repeatable_since=(1, 0),
    is_in_federation_1=True,
)


@dataclass(frozen=True, slots=True)
class Key:
    """One key; `is_resolvable` False says that the subgraph only refers to the entity."""

    fields: str
    is_resolvable: bool = True


def parse_key(arguments: Arguments) -> Key:
    """The typed value of one application; a `fields` of the wrong type reads as the empty text."""
    fields = arguments.get("fields")
    return Key(fields if isinstance(fields, str) else "", arguments.get("resolvable", True) is not False)
