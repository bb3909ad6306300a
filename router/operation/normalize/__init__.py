"""An operation of a document made normal: each pass in its own module, in the order of PASSES."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from graphql import GraphQLCompositeType, GraphQLObjectType, GraphQLSchema
from graphql.language import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode, print_ast

from entrepot.router.errors import LimitExceeded, OperationInvalid, OperationUnknown
from entrepot.router.operation.model import NormalizedOperation, VariableDefinition
from entrepot.router.operation.normalize.client_directives import read_operation_directives
from entrepot.router.operation.normalize.deferrals import keep_deferrals, number_deferrals
from entrepot.router.operation.normalize.drop_impossible import drop_impossible
from entrepot.router.operation.normalize.inline_fragments import inline_fragments
from entrepot.router.operation.normalize.merge_fields import merge_fields
from entrepot.router.operation.normalize.nullable_conditions import find_nullable_conditions
from entrepot.router.selection import Deferral, SelectionSet
from entrepot.router.supergraph import Supergraph

Pass = Callable[[GraphQLSchema, GraphQLCompositeType, SelectionSet], SelectionSet]

# Merging comes last: it joins what unwrapping fragments has brought side by side.
PASSES: tuple[Pass, ...] = (drop_impossible, merge_fields)

__all__ = ["PASSES", "normalize_operation", "resolve_deferrals", "select_operation"]


def normalize_operation(
    supergraph: Supergraph, document: DocumentNode, operation_name: str | None
) -> NormalizedOperation:
    """The operation to run, normalized: fragments inlined, literal `@skip`/`@include` applied, fields merged.

    The document must be valid for `supergraph.api_schema`. `OperationUnknown` when it holds no operation of the name,
    or several and no name is given; `OperationInvalid` when the schema has no such operation kind;
    `LimitExceeded` when fragments nest it too deeply.
    """
    node = select_operation(document, operation_name)
    schema = supergraph.api_schema
    root = schema.get_root_type(node.operation)
    if root is None:
        raise OperationInvalid(f"Schema is not configured to execute {node.operation.value} operation.")
    fragments = {item.name.value: item for item in document.definitions if isinstance(item, FragmentDefinitionNode)}
    try:
        selections, marks = inline_fragments(schema, node.selection_set, fragments)
        deferrals: tuple[Deferral, ...] = ()
        if marks:
            selections, deferrals = number_deferrals(selections, marks)
        for normalize in PASSES:
            selections = normalize(schema, root, selections)
    except RecursionError as error:
        raise LimitExceeded("The operation nests too deeply to be read.") from error
    return NormalizedOperation(
        kind=node.operation.value,
        name=node.name.value if node.name else None,
        variables=tuple(
            VariableDefinition(
                item.variable.name.value,
                print_ast(item.type),
                None if item.default_value is None else print_ast(item.default_value),
                " ".join(map(print_ast, item.directives or ())),
            )
            for item in node.variable_definitions or ()
        ),
        selections=selections,
        deferrals=deferrals,
        directives=read_operation_directives(schema, node.directives),
        nullable_conditions=find_nullable_conditions(schema, root, node, fragments),
    )


def resolve_deferrals(
    supergraph: Supergraph, operation: NormalizedOperation, kept: frozenset[int]
) -> NormalizedOperation:
    """The operation in which only the deferred fragments of these numbers are deferred, and the others ordinary."""
    root = supergraph.api_schema.type_map[supergraph.root_types[operation.kind]]
    assert isinstance(root, GraphQLObjectType)
    selections, deferrals = keep_deferrals(operation.selections, operation.deferrals, kept)
    for normalize in PASSES:
        selections = normalize(supergraph.api_schema, root, selections)
    return replace(operation, selections=selections, deferrals=deferrals)


def select_operation(document: DocumentNode, operation_name: str | None) -> OperationDefinitionNode:
    """The operation of the name, or the only one (GraphQL section 6.1); `OperationUnknown` if missing or ambiguous."""
    operations = [item for item in document.definitions if isinstance(item, OperationDefinitionNode)]
    if operation_name is not None:
        operations = [item for item in operations if item.name and item.name.value == operation_name]
        if not operations:
            raise OperationUnknown(f"The document has no operation named {operation_name!r}.")
    if not operations:
        raise OperationUnknown("The document has no operation.")
    if len(operations) > 1:
        raise OperationUnknown("The document has several operations: name the one to run in `operationName`.")
    return operations[0]
