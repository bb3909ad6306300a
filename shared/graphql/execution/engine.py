"""The engine: compiled operations of one Strawberry schema, kept by document, and their execution."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
)
from graphql.execution.values import VariableValues, get_variable_values
from strawberry.schema import Schema

from entrepot.shared.graphql.execution.compile import Compiler
from entrepot.shared.graphql.execution.operation import Operation
from entrepot.shared.graphql.execution.plan import Inputs, OperationPlan, TooMuchWork
from entrepot.shared.graphql.execution.run import Execution
from entrepot.shared.graphql.execution.schema_types import GuardOf, SchemaTypes

_MAX_PLANS_PER_OPERATION: Final = 64
_MAX_COERCION_ERRORS: Final = 50

Begin = Callable[[Any], None]
"""Takes the context, and prepares it for an operation, or for its next root field."""

Release = Callable[[Any], Awaitable[None]]
"""Takes the context, and gives back what the operation holds there."""


class Engine:
    """Executes validated operations of one schema breadth first.

    `guard_of` says what a field asks of the caller; `begin` is called before an operation, `release` when it
    ends, however it ends; both between the root fields of a mutation. `max_values` bounds the values that one
    operation may read (see `AWAITED`), `max_operations` how many compiled operations are kept.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        guard_of: GuardOf = lambda *_: None,
        begin: Begin | None = None,
        release: Release | None = None,
        max_values: int = 300_000,
        max_operations: int = 2_000,
    ) -> None:
        self._types = SchemaTypes(schema, guard_of)
        self.schema = self._types.schema
        self._begin = begin
        self._release = release
        self._max_values = max_values
        self._max_operations = max_operations
        self._operations: OrderedDict[int, Operation] = OrderedDict()

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
            inputs = Inputs(
                self.schema,
                self._types.info_class,
                operation.node,
                operation.fragments,
                variables,
                context,
                root_value,
                self._max_values,
            )
            data, errors = await Execution(inputs).execute(plan, lambda: self._renew(context))
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

    async def _renew(self, context: Any) -> None:
        await self.release(context)
        self.begin(context)

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
        return Compiler(self._types, operation.fragments, truths).compile(operation.node)


def _find_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    """The operation of that name, or the only one; None where graphql-core has to say what is wrong."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None:
        return operations[0] if len(operations) == 1 else None
    named = [node for node in operations if node.name is not None and node.name.value == name]
    return named[0] if len(named) == 1 else None
