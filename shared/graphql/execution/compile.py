"""Compiling an operation: from the document and the schema to selections of field steps."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    FieldNode,
    GraphQLEnumType,
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
from entrepot.shared.graphql.execution.completion import AbstractObjects, Completion, EnumLeaf, Items, Leaf, Objects
from entrepot.shared.graphql.execution.plan import FieldStep, OperationPlan, Read, Selection, Shape
from entrepot.shared.graphql.execution.readers import (
    AttributeReader,
    BatchReader,
    MethodReader,
    ResolverReader,
    read_event,
    read_typename,
)
from entrepot.shared.graphql.execution.selection import Fragments, Truths, collect_fields

if TYPE_CHECKING:
    from entrepot.shared.graphql.execution.engine import Engine

_TYPENAME: Final = "__typename"
_TYPENAME_FIELD: Final = GraphQLField(GraphQLNonNull(GraphQLString))


class Compiler:
    """Compiles one operation for one set of truths of its conditions."""

    def __init__(self, engine: Engine, fragments: Fragments, truths: Truths) -> None:
        self._engine = engine
        self._fragments = fragments
        self._truths = truths
        self._selections: dict[tuple[str, tuple[int, ...]], Selection] = {}

    def compile(self, operation: OperationDefinitionNode) -> OperationPlan:
        """The plan of the operation; raises LookupError for a field that the schema does not have."""
        root = self._engine.schema.get_root_type(operation.operation)
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
            collected = collect_fields(self._engine.schema, self._fragments, self._truths, parent, selection_sets)
            known.steps = [self._step(parent, response_key, nodes) for response_key, nodes in collected.items()]
            known.seal()
        return known

    def _step(self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> FieldStep:
        name = nodes[0].name.value
        field = _TYPENAME_FIELD if name == _TYPENAME else parent.fields[name]
        definition = self._engine.definition_of(field)
        read, is_batch, is_strawberry = self._reader(parent, name, field, definition)
        completion, shape = self._complete(field.type, nodes)
        arguments = None
        if name != _TYPENAME:
            arguments = self._engine.build_arguments(field, nodes[0], definition if is_strawberry else None)
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
            guard=None if read is read_event else self._engine.guard_of(parent, name, field),
            definition=definition,
        )

    def _reader(
        self, parent: GraphQLObjectType, name: str, field: GraphQLField, definition: StrawberryField | None
    ) -> tuple[Read, bool, bool]:
        """How the field is read, whether as a batch, and whether its arguments are Strawberry's."""
        if name == _TYPENAME:
            return read_typename, False, False
        if parent is self._engine.schema.subscription_type:
            return read_event, False, False
        if definition is None or self._engine.is_special(field, definition):
            return ResolverReader(self._engine.resolver_of(field)), False, False
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
            return self._engine.leaf(nullable, is_required=is_required), Shape("leaf", is_required)
        if is_list_type(nullable):
            inner, item = self._complete(nullable.of_type, nodes)
            return Items(inner, is_required=is_required), Shape("list", is_required, item=item)
        selection_sets = [node.selection_set for node in nodes if node.selection_set is not None]
        if is_object_type(nullable):
            selection = self._select(nullable, selection_sets)
            objects = Objects(nullable, selection, self._engine.origin_of(nullable), is_required=is_required)
            return objects, Shape("object", is_required, selection=selection)
        assert is_abstract_type(nullable)
        resolve = self._engine.type_resolver(nullable)

        def select(object_type: GraphQLObjectType) -> Objects:
            selection = self._select(object_type, selection_sets)
            return Objects(object_type, selection, self._engine.origin_of(object_type), is_required=False)

        def selection_of(object_type: GraphQLObjectType) -> Selection:
            return self._select(object_type, selection_sets)

        abstract = AbstractObjects(resolve, select, selection_of, is_required=is_required)
        return abstract, Shape("object", is_required)


def _alone(selection: Selection, step: FieldStep) -> Selection:
    alone = Selection(selection.parent, [step])
    alone.seal()
    return alone


def build_leaf(type_: Any, members: type[Enum] | None, *, is_required: bool) -> Leaf:
    """The completion of a scalar or an enum."""
    if isinstance(type_, GraphQLEnumType) and members is not None:
        return EnumLeaf(type_, members, is_required=is_required)
    return Leaf(type_, is_required=is_required)
