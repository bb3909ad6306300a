"""The engine behind graphql-core's interface: an executor class for `execute` and `subscribe`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import ExecutionResult
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental

if TYPE_CHECKING:
    from entrepot.shared.graphql.execution.engine import Engine


def build_executor_class(engine: Engine) -> type[ExecutorThrowingOnIncremental]:
    """An executor class whose operations, and events of subscriptions, the engine runs where it can.

    graphql-core still coerces variables, resolves source streams, and executes what the engine does not compile.
    """

    class CompiledExecutor(ExecutorThrowingOnIncremental):
        def execute_operation(self, serially: bool | None = None) -> Any:  # noqa: FBT001 graphql-core's signature
            if self.middleware_manager is not None and self.middleware_manager.middlewares:
                return super().execute_operation(serially)
            operation = engine.find(self.operation, self.fragment_definitions)
            if not operation.is_plain or not self.error_propagation:
                return super().execute_operation(serially)
            return self._run(operation)

        async def _run(self, operation: Any) -> ExecutionResult:
            return await engine.run(operation, self.variable_values, self.context_value, self.root_value)

    return CompiledExecutor
