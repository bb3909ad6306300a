"""The API schema: the supergraph as clients see it, without federation's own and inaccessible parts."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError, GraphQLSchema, build_ast_schema, validate_schema
from graphql.language import (
    REMOVE,
    SKIP,
    DirectiveDefinitionNode,
    DocumentNode,
    TypeDefinitionNode,
    Visitor,
    VisitorAction,
    parse,
    visit,
)

from entrepot.router.errors import SupergraphInvalid
from entrepot.router.supergraph.links import Links

_DEFER = parse(
    """
    "Delivers the fragment later, when the client accepts an answer in parts."
    directive @defer(
      "Whether it is deferred."
      if: Boolean! = true
      "A name for the fragment, sent along with what it holds."
      label: String
    ) on FRAGMENT_SPREAD | INLINE_FRAGMENT
    """
)
_KEPT_DIRECTIVES = frozenset({"deprecated", "specifiedBy", "oneOf"})
_EXECUTABLE = frozenset(
    {"QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"}
    | {"VARIABLE_DEFINITION"}
)


def build_api_schema(document: DocumentNode, links: Links) -> GraphQLSchema:
    """What clients see of a supergraph document.

    Removed are the definitions and directives of linked specifications and everything `@inaccessible` (types, fields,
    arguments, enum values, input fields), with what refers to a removed type (inaccessible v0.2). Added is `@defer`,
    which is the router's own, whatever a subgraph calls so. `SupergraphInvalid` when what is left is no valid schema.
    """
    hidden = _hidden_types(document, links)
    visible = visit(document, _ApiVisitor(links, hidden))
    api_document = DocumentNode(definitions=(*visible.definitions, *_DEFER.definitions))
    try:
        schema = build_ast_schema(api_document, assume_valid_sdl=True)
        errors = validate_schema(schema)
    except (GraphQLError, TypeError) as error:
        raise SupergraphInvalid(f"The supergraph makes no API schema: {error}") from error
    if errors:
        raise SupergraphInvalid(f"The API schema is not valid: {errors[0].message}")
    return schema


def _hidden_types(document: DocumentNode, links: Links) -> frozenset[str]:
    inaccessible = links.directive_name("inaccessible")
    return frozenset(
        node.name.value
        for node in document.definitions
        if isinstance(node, TypeDefinitionNode)
        and (
            links.owns(node.name.value, is_directive=False)
            or any(directive.name.value == inaccessible for directive in node.directives or ())
        )
    )


class _ApiVisitor(Visitor):
    """Drops what clients must not see; leaving a node, so that its children are done."""

    def __init__(self, links: Links, hidden: frozenset[str]) -> None:
        super().__init__()
        self.links = links
        self.hidden = hidden
        self.inaccessible = links.directive_name("inaccessible")

    def enter(self, node: Any, *_: Any) -> VisitorAction:
        """Decides before the children are visited, since the directives are still there."""
        if isinstance(node, TypeDefinitionNode) and node.name.value in self.hidden:
            return REMOVE
        if isinstance(node, DirectiveDefinitionNode):
            locations = {location.value for location in node.locations}
            name = node.name.value
            is_hidden = self.links.owns(name, is_directive=True) or name == "defer" or not locations & _EXECUTABLE
            return REMOVE if is_hidden else SKIP
        is_hidden = self._refers_to_hidden(node) or self._is_inaccessible(node)
        return REMOVE if is_hidden else None

    def _refers_to_hidden(self, node: Any) -> bool:
        if node.kind == "directive":
            return node.name.value not in _KEPT_DIRECTIVES
        if node.kind == "named_type":
            return node.name.value in self.hidden
        if node.kind in {"field_definition", "input_value_definition", "operation_type_definition"}:
            return _named(node.type) in self.hidden
        return False

    def _is_inaccessible(self, node: Any) -> bool:
        return self.inaccessible is not None and any(
            directive.name.value == self.inaccessible for directive in getattr(node, "directives", None) or ()
        )


def _named(node: Any) -> str:
    while node.kind != "named_type":
        node = node.type
    name: str = node.name.value
    return name
