"""The engine: compiled operations of one Strawberry schema, kept by document, and their execution."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, Final, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLFieldResolver,
    GraphQLLeafType,
    GraphQLObjectType,
    OperationDefinitionNode,
    default_field_resolver,
)
from graphql.execution.values import VariableValues, get_variable_values
from graphql.pyutils import inspect
from strawberry.schema import Schema
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE
from strawberry.types.field import StrawberryField

from entrepot.shared.graphql.execution.arguments import Arguments
from entrepot.shared.graphql.execution.compile import Compiler, build_leaf
from entrepot.shared.graphql.execution.completion import Leaf
from entrepot.shared.graphql.execution.operation import Operation
from entrepot.shared.graphql.execution.plan import FieldStep, OperationPlan
from entrepot.shared.graphql.execution.run import Run, TooMuchWork

_DEFINITION: Final = "strawberry-definition"
_MAX_PLANS_PER_OPERATION: Final = 64
_MAX_COERCION_ERRORS: Final = 50

Guard = Callable[[Any], None]
"""Takes the context, raises what the caller is refused with."""

Begin = Callable[[Any], None]
"""Takes the context, and prepares it for an operation, or for its next root field."""

Release = Callable[[Any], Awaitable[None]]
"""Takes the context, and gives back what the operation holds there."""

GuardOf = Callable[[GraphQLObjectType, str, GraphQLField], Guard | None]


class Engine:
    """Executes validated operations of one schema breadth first.

    `guard_of` says what a field asks of the caller; `begin` is called before an operation, `release` when it
    ends, however it ends; both between the root fields of a mutation. `max_values` bounds the values that one
    operation may read, `max_operations` how many compiled operations are kept.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        guard_of: GuardOf = lambda *_: None,
        begin: Begin | None = None,
        release: Release | None = None,
        max_values: int = 1_000_000,
        max_operations: int = 2_000,
    ) -> None:
        self.schema = schema._schema  # noqa: SLF001 - Strawberry offers no other way to graphql-core's schema
        self.info_class = schema.config.info_class
        self.guard_of = guard_of
        self._begin = begin
        self._release = release
        self.max_values = max_values
        self._strawberry = schema
        self._max_operations = max_operations
        self._operations: OrderedDict[int, Operation] = OrderedDict()
        self._leaves: dict[tuple[str, bool], Leaf] = {}

    def prepare(self, document: DocumentNode, operation_name: str | None) -> Operation | None:
        """The operation of a validated document, for the caller to keep; None for one that graphql-core executes."""
        node = _find_operation(document, operation_name)
        if node is None:
            return None
        fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        operation = Operation(node, fragments)
        return operation if operation.is_plain else None

    def find(self, node: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]) -> Operation:
        """The operation of that node, known by the identity of the node; `is_plain` says whether it can be run."""
        key = id(node)
        known = self._operations.get(key)
        if known is None:
            # The node is kept with the operation, so that nothing else gets its identity.
            known = self._operations[key] = Operation(node, fragments)
            if len(self._operations) > self._max_operations:
                self._operations.popitem(last=False)
        else:
            self._operations.move_to_end(key)
        return known

    async def execute(
        self, operation: Operation, variable_values: Mapping[str, Any] | None, context: Any, root_value: Any = None
    ) -> ExecutionResult:
        """The result as graphql-core gives it, from raw values of variables."""
        coerced = get_variable_values(
            self.schema,
            operation.node.variable_definitions or (),
            dict(variable_values or {}),
            max_errors=_MAX_COERCION_ERRORS,
            hide_suggestions=True,
        )
        if isinstance(coerced, list):
            return ExecutionResult(None, coerced)
        return await self.run(operation, coerced, context, root_value)

    async def run(
        self, operation: Operation, variables: VariableValues, context: Any, root_value: Any = None
    ) -> ExecutionResult:
        """The result from coerced variables: data, and errors in document order."""
        self.begin(context)
        try:
            plan = self._plan(operation, variables)
            data, errors = await Run(self, operation, variables, context, root_value).execute(plan)
        except TooMuchWork as error:
            return ExecutionResult(None, [error])
        except RecursionError:
            return ExecutionResult(None, [GraphQLError("This operation is nested too deeply.", operation.node)])
        finally:
            await self.release(context)
        return ExecutionResult(data, errors or None)

    def begin(self, context: Any) -> None:
        """Prepare the context for an operation."""
        if self._begin is not None:
            self._begin(context)

    async def release(self, context: Any) -> None:
        """Give back what an operation holds in its context."""
        if self._release is not None:
            await self._release(context)

    def _plan(self, operation: Operation, variables: VariableValues) -> OperationPlan:
        truths = {name: variables.coerced.get(name) for name in operation.conditions}
        key = tuple(truths.values())
        plan = operation.plans.get(key)
        if plan is None:
            plan = self.compile(operation, truths)
            if len(operation.plans) < _MAX_PLANS_PER_OPERATION:
                operation.plans[key] = plan
        return plan

    def compile(self, operation: Operation, truths: Mapping[str, Any]) -> OperationPlan:
        """The plan of an operation for these values of the variables that its conditions name."""
        return Compiler(self, operation.fragments, truths).compile(operation.node)

    # What the compiler asks of the schema.

    def definition_of(self, field: GraphQLField) -> StrawberryField | None:
        """Strawberry's declaration of a field."""
        found = field.extensions.get(_DEFINITION)
        return found if isinstance(found, StrawberryField) else None

    def is_special(self, field: GraphQLField, definition: StrawberryField) -> bool:
        """Whether more than a resolver takes part in the field: extensions, permissions, somebody's own `resolve`."""
        return (
            # Strawberry marks the functions that it makes of resolvers.
            not hasattr(field.resolve, "_is_default")
            or bool(definition.extensions)
            or type(definition).get_result is not StrawberryField.get_result
            or bool(self._strawberry.schema_converter.exception_handlers)
            or self._strawberry.config.default_resolver is not getattr
        )

    def resolver_of(self, field: GraphQLField) -> GraphQLFieldResolver:
        return field.resolve or default_field_resolver

    def build_arguments(self, field: GraphQLField, node: FieldNode, definition: StrawberryField | None) -> Arguments:
        converter = self._strawberry.schema_converter
        return Arguments(field, node, definition, converter.scalar_registry, self._strawberry.config)

    def leaf(self, type_: GraphQLLeafType, *, is_required: bool) -> Leaf:
        key = (type_.name, is_required)
        if key not in self._leaves:
            members = getattr(type_, "wrapped_cls", None) if isinstance(type_, GraphQLEnumType) else None
            is_enum = isinstance(members, type) and issubclass(members, Enum)
            self._leaves[key] = build_leaf(type_, members if is_enum else None, is_required=is_required)
        return self._leaves[key]

    @cache  # noqa: B019 - the engine lives as long as its schema
    def origin_of(self, type_: GraphQLObjectType) -> type | None:
        """The class whose instances certainly are of the type: where no predicate of the author's says otherwise."""
        definition = type_.extensions.get(_DEFINITION)
        origin = getattr(definition, "origin", None)
        if definition is None or not isinstance(origin, type) or definition.is_type_of is not None:
            return None
        if definition.concrete_of is not None:
            return None
        own = getattr(origin, "is_type_of", None)
        return None if own is not None else origin

    @cache  # noqa: B019 - as above
    def _possible_origins(self, type_: GraphQLAbstractType) -> dict[type, GraphQLObjectType]:
        """The object type of a value by the value's class, where the class alone decides."""
        possible = self.schema.get_possible_types(type_)
        origins = {origin: object_type for object_type in possible if (origin := self.origin_of(object_type))}
        definition = type_.extensions.get(_DEFINITION)
        if getattr(definition, "resolve_type", None) is not None or len(origins) != len(possible):
            return {}
        # An instance of a subclass may be taken for one of its base: then the schema has to say.
        return {
            origin: object_type
            for origin, object_type in origins.items()
            if not any(other is not origin and issubclass(origin, other) for other in origins)
        }

    def type_resolver(self, type_: GraphQLAbstractType) -> Callable[[Run, FieldStep, Any], GraphQLObjectType]:
        """Finds the object type of a value of an interface or a union; raises what the schema's own resolver raises."""
        origins = self._possible_origins(type_)

        def resolve(run: Run, step: FieldStep, value: Any) -> GraphQLObjectType:
            found = origins.get(type(value))
            if found is not None and getattr(value, TYPE_CAST_ATTRIBUTE, None) is None:
                return found
            return self._ask_schema(type_, run, step, value)

        return resolve

    def _ask_schema(self, type_: GraphQLAbstractType, run: Run, step: FieldStep, value: Any) -> GraphQLObjectType:
        info = run.info_of(step)
        name: Any = None
        if type_.resolve_type is not None:
            name = type_.resolve_type(value, info, type_)
        else:
            name = _default_type_name(self.schema.get_possible_types(type_), value, info)
        return self._check_runtime_type(type_, name, step, value)

    def _check_runtime_type(
        self, type_: GraphQLAbstractType, name: Any, step: FieldStep, value: Any
    ) -> GraphQLObjectType:
        """The object type of that name; raises GraphQLError, worded as graphql-core words it, for anything else."""
        found = self.schema.type_map.get(name) if isinstance(name, str) else None
        if isinstance(found, GraphQLObjectType) and self.schema.is_sub_type(type_, found):
            return found
        place = f"field '{step.parent.name}.{step.name}'"
        must = f"Abstract type '{type_.name}' must resolve to an Object type at runtime for {place}"
        if name is None:
            message = (
                f"{must}. Either the '{type_.name}' type should provide a 'resolve_type' function"
                " or each possible type should provide an 'is_type_of' function."
            )
        elif not isinstance(name, str):
            given = f"{must} with value {inspect(value)}, received '{inspect(name)}'"
            message = f"{given}, which is not a valid Object type name."
        elif found is None:
            message = (
                f"Abstract type '{type_.name}' was resolved to a type '{name}' that does not exist inside the schema."
            )
        elif not isinstance(found, GraphQLObjectType):
            message = f"Abstract type '{type_.name}' was resolved to a non-object type '{name}'."
        else:
            message = f"Runtime Object type '{name}' is not a possible type for '{type_.name}'."
        raise GraphQLError(message, list(step.nodes))


def _default_type_name(possible: Any, value: Any, info: Any) -> str | None:
    """As graphql-core's default: the `__typename` of a dictionary, else the first type whose predicate says yes."""
    if isinstance(value, dict) and isinstance(value.get("__typename"), str):
        return cast("str", value["__typename"])
    for object_type in possible:
        if object_type.is_type_of is not None and object_type.is_type_of(value, info):
            return cast("str", object_type.name)
    return None


def _find_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    """The operation of that name, or the only one; None where graphql-core has to say what is wrong."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None:
        return operations[0] if len(operations) == 1 else None
    named = [node for node in operations if node.name is not None and node.name.value == name]
    return named[0] if len(named) == 1 else None
