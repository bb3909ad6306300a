"""A subgraph's SDL as a schema to validate operations against: federation's definitions and `_entities` added."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLSchema, build_ast_schema, parse, print_ast
from graphql.language import (
    DefinitionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
)

_DEFINED_BY: dict[type[Any], type[Any]] = {
    ObjectTypeExtensionNode: ObjectTypeDefinitionNode,
    InterfaceTypeExtensionNode: InterfaceTypeDefinitionNode,
    UnionTypeExtensionNode: UnionTypeDefinitionNode,
}
_PARTS = ("name", "interfaces", "directives", "fields", "types")


def build_subgraph_schema(sdl: str) -> GraphQLSchema:
    """The schema of Federation 1 or 2 SDL; extensions without a definition stand as definitions."""
    definitions = [
        node for node in parse(sdl).definitions if not isinstance(node, SchemaDefinitionNode | SchemaExtensionNode)
    ]
    defined = {_name(node) for node in definitions if type(node) not in _DEFINED_BY}
    nodes = [_define(node) if _name(node) not in defined else node for node in definitions]
    entities = sorted({_name(node) for node in nodes if isinstance(node, ObjectTypeDefinitionNode) and _has_key(node)})
    text = "\n".join(map(print_ast, nodes)) + "\nscalar _Any\n"
    if not any(_name(node) == "Query" for node in nodes):
        text += "type Query { _service: String }\n"
    if entities:
        text += f"union _Entity = {' | '.join(entities)}\n"
        text += "extend type Query { _entities(representations: [_Any!]!): [_Entity]! }\n"
    # Directives need no definition: only operations are validated against this.
    return build_ast_schema(parse(text), assume_valid=True)


def _define(node: DefinitionNode) -> DefinitionNode:
    kind = _DEFINED_BY.get(type(node))
    if kind is None:
        return node
    definition: DefinitionNode = kind(**{part: getattr(node, part) for part in _PARTS if part in node.keys})
    return definition


def _name(node: Any) -> str:
    name: str = node.name.value
    return name


def _has_key(node: Any) -> bool:
    return any(directive.name.value == "key" for directive in node.directives or ())
