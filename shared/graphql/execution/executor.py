"""The engine behind graphql-core's interface: an executor class for `execute` and `subscribe`."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental

if TYPE_CHECKING:
    from entrepot.shared.graphql.execution.engine import Engine


def build_executor_class(engine: Engine) -> type[ExecutorThrowingOnIncremental]:
    """An executor class whose operations, and events of subscriptions, the engine runs where it can.

    graphql-core still coerces variables, resolves source streams, and executes what the engine does not compile.
    """

    class CompiledExecutor(ExecutorThrowingOnIncremental):
        def __init__(self, *arguments: Any, operation_extensions: object = None, **options: Any) -> None:
            # Strawberry passes the request's extensions: no resolver reads them, and graphql-core has no such option.
            super().__init__(*arguments, **options)

        def execute_operation(self, serially: bool | None = None) -> Any:  # noqa: FBT001 graphql-core's signature
            operation = engine.find(self.operation, self.fragment_definitions)
            has_middleware = self.middleware_manager is not None and self.middleware_manager.middlewares
            if operation.is_plain and self.error_propagation and not has_middleware:
                return engine.run(operation, self.variable_values, self.context_value, self.root_value)
            result = super().execute_operation(serially)
            return self._release_after(result) if isinstance(result, Awaitable) else result

        async def _release_after(self, result: Awaitable[Any]) -> Any:
            try:
                return await result
            finally:
                await engine.release(self.context_value)

    return CompiledExecutor
