"""What the SDL of a subgraph says of its types and fields: keys, external, required, provided and overridden fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphql import parse, value_from_ast_untyped
from graphql.language import (
    DirectiveNode,
    FieldNode,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
)

Selections = tuple[SelectionNode, ...]


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """The directives of one field; `overrides` names the subgraph that it is taken from."""

    is_external: bool = False
    requires: Selections = ()
    provides: Selections = ()
    overrides: str | None = None


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """One key of a type."""

    selections: Selections
    is_resolvable: bool


@dataclass(frozen=True, slots=True)
class SubgraphFacts:
    """All that a subgraph's SDL says, by type and by coordinate."""

    keys: Mapping[str, tuple[KeyFacts, ...]]
    fields: Mapping[str, FieldFacts]
    interface_objects: frozenset[str]
    supertypes: Mapping[str, frozenset[str]]


def read_facts(sdl: str) -> SubgraphFacts:
    """The facts of Federation 1 or 2 SDL; definitions and extensions of one type count together.

    What the key of an extension selects is no external field: federation 1 had it marked so.
    """
    keys: dict[str, tuple[KeyFacts, ...]] = {}
    fields: dict[str, FieldFacts] = {}
    interface_objects: set[str] = set()
    supertypes: dict[str, frozenset[str]] = {}
    returned: dict[str, str] = {}
    extensions: list[tuple[str, Selections]] = []
    for node in parse(sdl).definitions:
        if not isinstance(node, TypeDefinitionNode | TypeExtensionNode):
            continue
        name = node.name.value
        is_extension = isinstance(node, TypeExtensionNode) or _has(node.directives, "extends")
        found = tuple(
            KeyFacts(parse_field_set(arguments["fields"]), arguments.get("resolvable", True))
            for arguments in _applications(node.directives, "key")
        )
        keys[name] = keys.get(name, ()) + found
        extensions += [(name, key.selections) for key in found if is_extension]
        if _has(node.directives, "interfaceObject"):
            interface_objects.add(name)
        supertypes[name] = supertypes.get(name, frozenset()) | {
            each.name.value for each in getattr(node, "interfaces", None) or ()
        }
        for member in getattr(node, "types", None) or ():
            supertypes[member.name.value] = supertypes.get(member.name.value, frozenset()) | {name}
        is_external = _has(node.directives, "external")
        for item in getattr(node, "fields", None) or ():
            fields[f"{name}.{item.name.value}"] = _read_field(item.directives, is_external=is_external)
            returned[f"{name}.{item.name.value}"] = _named_type(item.type)
    for name, selections in extensions:
        for coordinate in _find_coordinates(name, selections, returned):
            fields[coordinate] = replace(fields[coordinate], is_external=False)
    return SubgraphFacts(keys, fields, frozenset(interface_objects), supertypes)


def parse_field_set(text: str) -> Selections:
    """The selections of a field set, without the outer braces that it is written without."""
    operation = parse(f"{{ {text} }}", no_location=True).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return tuple(operation.selection_set.selections)


def subselections(node: FieldNode | InlineFragmentNode) -> Selections:
    return tuple(node.selection_set.selections) if node.selection_set else ()


def field_names(selections: Selections) -> frozenset[str]:
    """The fields on the first level, through fragments of any type."""
    return frozenset(node.name.value for node in walk_fields(selections))


def walk_fields(selections: Iterable[SelectionNode]) -> Iterator[FieldNode]:
    """The fields on the first level, through fragments of any type."""
    for node in selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from walk_fields(subselections(node))


def _read_field(directives: Iterable[DirectiveNode] | None, *, is_external: bool) -> FieldFacts:
    nodes = tuple(directives or ())
    override = next(_applications(nodes, "override"), None)
    return FieldFacts(
        is_external=is_external or _has(nodes, "external"),
        requires=_read_field_set(nodes, "requires"),
        provides=_read_field_set(nodes, "provides"),
        overrides=override["from"] if override else None,
    )


def _read_field_set(directives: Iterable[DirectiveNode], name: str) -> Selections:
    return tuple(
        node for application in _applications(directives, name) for node in parse_field_set(application["fields"])
    )


def _find_coordinates(name: str, selections: Selections, returned: Mapping[str, str]) -> Iterator[str]:
    """The fields that a field set of the type selects, at any depth."""
    for node in walk_fields(selections):
        coordinate = f"{name}.{node.name.value}"
        if coordinate in returned:
            yield coordinate
            yield from _find_coordinates(returned[coordinate], subselections(node), returned)


def _named_type(node: Any) -> str:
    while not isinstance(node, NamedTypeNode):
        node = node.type
    return node.name.value


def _has(directives: Iterable[DirectiveNode] | None, name: str) -> bool:
    return any(node.name.value == name for node in directives or ())


def _applications(directives: Iterable[DirectiveNode] | None, name: str) -> Iterator[dict[str, Any]]:
    for node in directives or ():
        if node.name.value == name:
            yield {argument.name.value: value_from_ast_untyped(argument.value) for argument in node.arguments or ()}
