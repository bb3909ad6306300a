"""Where the elements of a schema are defined: file, line and column by coordinate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from graphql import GraphQLError, Node, Source, parse

from entrepot.router.checks.change import Place
from entrepot.router.checks.versions import Version

Places = dict[str, list[Place]]


def index_places(version: Version, name: str) -> Places:
    """The places of all coordinates in the SDL of the subgraphs; `name` is base or head."""
    places: Places = defaultdict(list)
    for subgraph in version.subgraphs:
        file = version.files.get(subgraph.name, subgraph.name)
        try:
            document = parse(Source(subgraph.sdl, file))
        except GraphQLError:
            continue  # Composition has reported it.
        for definition in document.definitions:
            for coordinate, node in _list_coordinates(definition):
                line, column = _position(node)
                places[coordinate].append(Place(subgraph.name, file, line, column, name))
    return places


def find_place(coordinate: str, head: Places, base: Places) -> Place | None:
    """The first place of the element, or of what it is a part of: in the head, else in the base."""
    for places in (head, base):
        if coordinate in places:
            return places[coordinate][0]
    for parent in (coordinate.partition("(")[0], coordinate.partition(".")[0]):
        for places in (head, base):
            if parent in places:
                return places[parent][0]
    return None


def _list_coordinates(definition: Any) -> Iterator[tuple[str, Node]]:
    name = getattr(definition, "name", None)
    if name is None:
        return
    if definition.kind == "directive_definition":
        yield f"@{name.value}", name
        for argument in definition.arguments or ():
            yield f"@{name.value}({argument.name.value}:)", argument.name
        return
    yield name.value, name
    for part in (*(getattr(definition, "fields", None) or ()), *(getattr(definition, "values", None) or ())):
        coordinate = f"{name.value}.{part.name.value}"
        yield coordinate, part.name
        for argument in getattr(part, "arguments", None) or ():
            yield f"{coordinate}({argument.name.value}:)", argument.name


def _position(node: Node) -> tuple[int, int]:
    assert node.loc is not None, "it was parsed with locations"
    return node.loc.start_token.line, node.loc.start_token.column
