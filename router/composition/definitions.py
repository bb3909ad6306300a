"""The schema model of composition: what a subgraph says and what the supergraph will say.

It is mutable on purpose: expansion, upgrade and merge fill it step by step, and nothing outside composition sees it.
Types are written as text (`[User!]!`), see `type_references`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from entrepot.router.federation.literals import Literal, canonical

ROOT_KINDS = ("query", "mutation", "subscription")
BUILT_IN_SCALARS = frozenset({"Int", "Float", "String", "Boolean", "ID"})
BUILT_IN_DIRECTIVES = frozenset({"deprecated", "specifiedBy", "skip", "include", "oneOf"})


class Kind(StrEnum):
    """The kinds of named types, by the keyword that defines them."""

    SCALAR = "scalar"
    OBJECT = "type"
    INTERFACE = "interface"
    UNION = "union"
    ENUM = "enum"
    INPUT = "input"


@dataclass(frozen=True, slots=True)
class Location:
    """Where in which subgraph's SDL; line and column count from 1, 0 is unknown."""

    subgraph: str
    line: int = 0
    column: int = 0


NOWHERE = Location("")


@dataclass(slots=True)
class AppliedDirective:
    """One use of a directive; `federation` is its name in the federation specification, where it comes from there.

    `block` tells the definition (0) and the extensions (1, 2, ...) of one type apart.
    """

    name: str
    arguments: dict[str, Literal] = field(default_factory=dict)
    federation: str | None = None
    location: Location = NOWHERE
    block: int = 0

    def canonical_arguments(self) -> str:
        return canonical(self.arguments)


@dataclass(slots=True)
class Element:
    """What every part of a schema has."""

    name: str
    description: str | None = None
    directives: list[AppliedDirective] = field(default_factory=list)
    location: Location = NOWHERE

    def applied(self, federation: str) -> list[AppliedDirective]:
        """The applications of this directive of the federation specification."""
        return [application for application in self.directives if application.federation == federation]

    def has(self, federation: str) -> bool:
        return any(application.federation == federation for application in self.directives)


@dataclass(slots=True)
class InputValue(Element):
    """An argument or an input field; `default` matters only when `has_default`."""

    type: str = ""
    default: Literal = None
    has_default: bool = False
    coordinate: str = ""

    @property
    def is_required(self) -> bool:
        return self.type.endswith("!") and not self.has_default


@dataclass(slots=True)
class FieldDefinition(Element):
    """A field of an object or interface."""

    type: str = ""
    arguments: dict[str, InputValue] = field(default_factory=dict)
    parent: str = ""
    block: int = 0

    @property
    def coordinate(self) -> str:
        return f"{self.parent}.{self.name}"


@dataclass(slots=True)
class EnumValue(Element):
    """A value of an enum."""

    coordinate: str = ""


@dataclass(slots=True)
class TypeDefinition(Element):
    """A named type with all its extensions; `is_extension` when no block of it is a definition."""

    kind: Kind = Kind.SCALAR
    interfaces: dict[str, Location] = field(default_factory=dict)
    fields: dict[str, FieldDefinition] = field(default_factory=dict)
    input_fields: dict[str, InputValue] = field(default_factory=dict)
    values: dict[str, EnumValue] = field(default_factory=dict)
    members: dict[str, Location] = field(default_factory=dict)
    is_extension: bool = False

    @property
    def coordinate(self) -> str:
        return self.name


@dataclass(slots=True)
class DirectiveDefinition(Element):
    """The definition of a directive; `federation` as in `Application`."""

    arguments: dict[str, InputValue] = field(default_factory=dict)
    locations: tuple[str, ...] = ()
    is_repeatable: bool = False
    federation: str | None = None


@dataclass(slots=True)
class Schema:
    """All definitions of one schema; `roots` maps query, mutation and subscription to type names.

    `root_locations` says where `schema { }` names them.
    """

    types: dict[str, TypeDefinition] = field(default_factory=dict)
    directives: dict[str, DirectiveDefinition] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)
    root_locations: dict[str, Location] = field(default_factory=dict)
    applied: list[AppliedDirective] = field(default_factory=list)
    description: str | None = None

    def of_kind(self, *kinds: Kind) -> list[TypeDefinition]:
        return [definition for definition in self.types.values() if definition.kind in kinds]

    def composite_types(self) -> list[TypeDefinition]:
        return self.of_kind(Kind.OBJECT, Kind.INTERFACE)

    def runtime_types(self, name: str) -> frozenset[str]:
        """The object types that a value of this type can have here."""
        definition = self.types.get(name)
        if definition is None:
            return frozenset()
        if definition.kind is Kind.UNION:
            return frozenset(definition.members)
        if definition.kind is Kind.INTERFACE:
            return frozenset(
                each.name for each in self.types.values() if each.kind is Kind.OBJECT and name in each.interfaces
            )
        return frozenset({name})


def iterate_elements(
    schema: Schema,
) -> Iterator[tuple[str, str, TypeDefinition | FieldDefinition | InputValue | EnumValue]]:
    """Every part that can carry directives as (directive location, coordinate, part)."""
    for definition in schema.types.values():
        yield DIRECTIVE_LOCATIONS[definition.kind], definition.name, definition
        for each in definition.fields.values():
            yield "FIELD_DEFINITION", each.coordinate, each
            for argument in each.arguments.values():
                yield "ARGUMENT_DEFINITION", argument.coordinate, argument
        for input_field in definition.input_fields.values():
            yield "INPUT_FIELD_DEFINITION", input_field.coordinate, input_field
        for value in definition.values.values():
            yield "ENUM_VALUE", value.coordinate, value


def directive_location(element: Element) -> str:
    """Where a directive on this part stands, as directive definitions call it."""
    if isinstance(element, TypeDefinition):
        return DIRECTIVE_LOCATIONS[element.kind]
    if isinstance(element, FieldDefinition):
        return "FIELD_DEFINITION"
    if isinstance(element, EnumValue):
        return "ENUM_VALUE"
    is_argument = isinstance(element, InputValue) and element.coordinate.endswith(":)")
    return "ARGUMENT_DEFINITION" if is_argument else "INPUT_FIELD_DEFINITION"


DIRECTIVE_LOCATIONS = {
    Kind.SCALAR: "SCALAR",
    Kind.OBJECT: "OBJECT",
    Kind.INTERFACE: "INTERFACE",
    Kind.UNION: "UNION",
    Kind.ENUM: "ENUM",
    Kind.INPUT: "INPUT_OBJECT",
}
