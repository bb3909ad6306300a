"""The weights of `@cost` and the list sizes of `@listSize` in the supergraph, by coordinate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql.language import DirectiveNode, DocumentNode, InputObjectTypeDefinitionNode, TypeDefinitionNode

from entrepot.router.federation.demand import ListSize, parse_cost, parse_list_size
from entrepot.router.federation.literals import read_literal
from entrepot.router.supergraph.links import Links


@dataclass(frozen=True, slots=True)
class Demand:
    """Weights of types by name, of fields and input fields by type and name, of arguments by those and their own name.

    `list_sizes` are those of fields.
    """

    types: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[tuple[str, str], int] = field(default_factory=dict)
    input_fields: Mapping[tuple[str, str], int] = field(default_factory=dict)
    arguments: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    list_sizes: Mapping[tuple[str, str], ListSize] = field(default_factory=dict)


def read_demand(document: DocumentNode, links: Links) -> Demand:
    """The weights and lengths in a supergraph document (cost v0.1), whatever the directives are called there."""
    cost, list_size = links.directive_name("cost"), links.directive_name("cost", "listSize")
    if cost is None or list_size is None:
        return Demand()
    types: dict[str, int] = {}
    fields: dict[tuple[str, str], int] = {}
    input_fields: dict[tuple[str, str], int] = {}
    arguments: dict[tuple[str, str, str], int] = {}
    list_sizes: dict[tuple[str, str], ListSize] = {}
    for node in document.definitions:
        if not isinstance(node, TypeDefinitionNode):
            continue
        name = node.name.value
        for application in _find(node, cost):
            types[name] = parse_cost(application)
        weights = input_fields if isinstance(node, InputObjectTypeDefinitionNode) else fields
        for item in getattr(node, "fields", None) or ():
            key = (name, item.name.value)
            for application in _find(item, cost):
                weights[key] = parse_cost(application)
            for application in _find(item, list_size):
                list_sizes[key] = parse_list_size(application)
            for argument in getattr(item, "arguments", None) or ():
                for application in _find(argument, cost):
                    arguments[*key, argument.name.value] = parse_cost(application)
    return Demand(types, fields, input_fields, arguments, list_sizes)


def _find(node: Any, name: str) -> Iterator[dict[str, Any]]:
    directives: tuple[DirectiveNode, ...] = node.directives or ()
    for directive in directives:
        if directive.name.value == name:
            yield {argument.name.value: read_literal(argument.value) for argument in directive.arguments or ()}
