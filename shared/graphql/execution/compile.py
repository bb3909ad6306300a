"""Compiling an operation: from the document and the schema to selections of field steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    OperationDefinitionNode,
    OperationType,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
)
from strawberry.types.field import StrawberryField

from entrepot.shared.graphql.execution.batch import batch_function_of
from entrepot.shared.graphql.execution.completion import AbstractObjects, Items, Objects
from entrepot.shared.graphql.execution.plan import Completion, FieldStep, OperationPlan, Read, Selection, Shape
from entrepot.shared.graphql.execution.readers import (
    AttributeReader,
    BatchReader,
    MethodReader,
    ResolverReader,
    read_event,
    read_typename,
)
from entrepot.shared.graphql.execution.schema_types import SchemaTypes
from entrepot.shared.graphql.execution.selection import Fragments, Truths, collect_fields

_TYPENAME: Final = "__typename"
_TYPENAME_FIELD: Final = GraphQLField(GraphQLNonNull(GraphQLString))


class Compiler:
    """Compiles one operation for one set of truths of its conditions."""

    def __init__(self, types: SchemaTypes, fragments: Fragments, truths: Truths) -> None:
        self._types = types
        self._fragments = fragments
        self._truths = truths
        self._selections: dict[tuple[str, tuple[int, ...]], Selection] = {}

    def compile(self, operation: OperationDefinitionNode) -> OperationPlan:
        """The plan of the operation; raises LookupError for a field that the schema does not have."""
        root = self._types.schema.get_root_type(operation.operation)
        if root is None:
            raise LookupError(f"The schema has no root type for a {operation.operation.value}.")
        selection = self._select(root, [operation.selection_set])
        if operation.operation is not OperationType.MUTATION:
            return OperationPlan([selection])
        return OperationPlan([_alone(selection, step) for step in selection.steps])

    def _select(self, parent: GraphQLObjectType, selection_sets: Sequence[Any]) -> Selection:
        key = (parent.name, tuple(map(id, selection_sets)))
        known = self._selections.get(key)
        if known is None:
            known = self._selections[key] = Selection(parent)
            collected = collect_fields(self._types.schema, self._fragments, self._truths, parent, selection_sets)
            known.steps = [self._step(parent, response_key, nodes) for response_key, nodes in collected.items()]
            known.seal()
        return known

    def _step(self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> FieldStep:
        name = nodes[0].name.value
        field = _TYPENAME_FIELD if name == _TYPENAME else parent.fields[name]
        definition = self._types.definition_of(field)
        read, is_batch, is_strawberry = self._reader(parent, name, field, definition)
        completion, shape = self._complete(field.type, nodes)
        arguments = None
        if name != _TYPENAME:
            arguments = self._types.build_arguments(field, nodes[0], definition if is_strawberry else None)
        return FieldStep(
            key=key,
            name=name,
            nodes=nodes,
            parent=parent,
            read=read,
            completion=completion,
            shape=shape,
            arguments=arguments,
            is_batch=is_batch,
            guard=None if read is read_event else self._types.guard_of(parent, name, field),
            definition=definition,
        )

    def _reader(
        self, parent: GraphQLObjectType, name: str, field: GraphQLField, definition: StrawberryField | None
    ) -> tuple[Read, bool, bool]:
        """How the field is read, whether as a batch, and whether its arguments are Strawberry's."""
        if name == _TYPENAME:
            return read_typename, False, False
        if parent is self._types.schema.subscription_type:
            return read_event, False, False
        if definition is None or self._types.is_special(field, definition):
            return ResolverReader(self._types.resolver_of(field)), False, False
        batch = batch_function_of(definition)
        if batch is not None:
            reader = BatchReader(batch.function, takes_info=batch.takes_info, has_arguments=bool(definition.arguments))
            return reader, True, True
        if definition.base_resolver is None:
            return AttributeReader(definition.python_name), False, True
        return MethodReader(definition), False, True

    def _complete(self, type_: GraphQLOutputType, nodes: Sequence[FieldNode]) -> tuple[Completion, Shape]:
        is_required = isinstance(type_, GraphQLNonNull)
        nullable: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if is_leaf_type(nullable):
            return self._types.leaf(nullable, is_required=is_required), Shape("leaf", is_required)
        if is_list_type(nullable):
            inner, item = self._complete(nullable.of_type, nodes)
            return Items(inner, is_required=is_required), Shape("list", is_required, item=item)
        selection_sets = [node.selection_set for node in nodes if node.selection_set is not None]
        if is_object_type(nullable):
            selection = self._select(nullable, selection_sets)
            objects = Objects(nullable, selection, self._types.origin_of(nullable), is_required=is_required)
            return objects, Shape("object", is_required, selection=selection)
        assert is_abstract_type(nullable)
        resolve = self._types.type_resolver(nullable)

        def select(object_type: GraphQLObjectType) -> Objects:
            selection = self._select(object_type, selection_sets)
            return Objects(object_type, selection, self._types.origin_of(object_type), is_required=False)

        def selection_of(object_type: GraphQLObjectType) -> Selection:
            return self._select(object_type, selection_sets)

        abstract = AbstractObjects(resolve, select, selection_of, is_required=is_required)
        return abstract, Shape("object", is_required)


def _alone(selection: Selection, step: FieldStep) -> Selection:
    alone = Selection(selection.parent, [step])
    alone.seal()
    return alone
