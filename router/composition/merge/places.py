"""Where the subgraphs define what the supergraph is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable

from entrepot.router.composition.definitions import DirectiveDefinition, Element, FieldDefinition, Location, Schema
from entrepot.router.composition.subgraph import Subgraph

_COORDINATE = re.compile(r"^(?P<owner>@?\w+)(?:\.(?P<member>\w+))?(?:\((?P<argument>\w+):\))?$")


def find_places(subgraphs: Iterable[Subgraph], coordinate: str) -> list[Location]:
    """The locations of an element, named by its coordinate, in every subgraph that has it."""
    elements = (find_element(subgraph.schema, coordinate) for subgraph in subgraphs)
    return [element.location for element in elements if element is not None and element.location.line]


def find_applications(subgraphs: Iterable[Subgraph], coordinate: str, federation: str) -> list[Location]:
    """The locations of the applications of a federation directive to this element."""
    elements = (find_element(subgraph.schema, coordinate) for subgraph in subgraphs)
    return [
        application.location
        for element in elements
        if element is not None
        for application in element.applied(federation)
    ]


def find_element(schema: Schema, coordinate: str) -> Element | None:
    """The element of this schema coordinate: a type, a part of it, an argument, or a directive."""
    match = _COORDINATE.match(coordinate)
    if match is None:
        return None
    name, member, argument = match["owner"], match["member"], match["argument"]
    found: Element | None
    if name.startswith("@"):
        found = schema.directives.get(name[1:])
    else:
        found = schema.types.get(name)
        if member and found is not None:
            definition = schema.types[name]
            parts: tuple[Element | None, ...] = (
                definition.fields.get(member),
                definition.input_fields.get(member),
                definition.values.get(member),
            )
            found = next((part for part in parts if part is not None), None)
    if argument:
        return found.arguments.get(argument) if isinstance(found, FieldDefinition | DirectiveDefinition) else None
    return found
