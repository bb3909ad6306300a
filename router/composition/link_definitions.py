"""The definitions of the link specification: added where a subgraph leaves them out, checked where it repeats them."""

from __future__ import annotations

from entrepot.router.composition.definitions import (
    DirectiveDefinition,
    EnumValue,
    InputValue,
    Kind,
    Schema,
    TypeDefinition,
)
from entrepot.router.composition.errors import CompositionError
from entrepot.router.federation.directive import ArgumentSpecification, DirectiveSpecification
from entrepot.router.federation.link import LINK_IDENTITY, PURPOSES, Link


def link_types(links: list[Link]) -> dict[str, str]:
    """What `Import` and `Purpose` of the link specification are called in the schema."""
    own = next((link for link in links if link.identity == LINK_IDENTITY), None)
    return {name: own.local_type(name) if own else f"link__{name}" for name in ("Import", "Purpose")}


def link_specification(types: dict[str, str]) -> DirectiveSpecification:
    """What `@link` must be like when a subgraph defines it."""
    return DirectiveSpecification(
        name="link",
        arguments=(
            ArgumentSpecification("url", "String"),
            ArgumentSpecification("as", "String"),
            ArgumentSpecification("for", types["Purpose"]),
            ArgumentSpecification("import", f"[{types['Import']}]"),
        ),
        locations=("SCHEMA",),
        repeatable_since=(1, 0),
        since=(1, 0),
    )


def check_link_types(schema: Schema, types: dict[str, str]) -> list[CompositionError]:
    """Report types that have the names of the link specification's and are something else."""
    errors = []
    imports, purpose = schema.types.get(types["Import"]), schema.types.get(types["Purpose"])
    if imports is not None and imports.kind is not Kind.SCALAR:
        message = f'"{imports.name}" belongs to the link specification and is a scalar there; rename your own.'
        errors.append(CompositionError("TYPE_DEFINITION_INVALID", message, (imports.location,)))
    if purpose is not None and set(purpose.values) != set(PURPOSES):
        listed = " and ".join(PURPOSES)
        message = f'"{purpose.name}" is in the link specification the enum of {listed}; rename your own.'
        errors.append(CompositionError("TYPE_DEFINITION_INVALID", message, (purpose.location,)))
    return errors


def define_link(schema: Schema, types: dict[str, str]) -> None:
    """Add what the schema does not define itself."""
    schema.directives.setdefault(
        "link",
        DirectiveDefinition(
            name="link",
            arguments={
                each.name: InputValue(name=each.name, type=each.type) for each in link_specification(types).arguments
            },
            locations=("SCHEMA",),
            is_repeatable=True,
            federation="link",
        ),
    )
    imports, purpose = types["Import"], types["Purpose"]
    schema.types.setdefault(imports, TypeDefinition(name=imports, kind=Kind.SCALAR))
    values = {name: EnumValue(name=name, coordinate=f"{purpose}.{name}") for name in PURPOSES}
    schema.types.setdefault(purpose, TypeDefinition(name=purpose, kind=Kind.ENUM, values=values))
