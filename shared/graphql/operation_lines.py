"""The log line of each operation that a subgraph executes, whichever way it came in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from graphql import OperationDefinitionNode
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType

from entrepot.shared.errors import InternalError
from entrepot.shared.graphql.context import Context
from entrepot.shared.graphql.errors import code_of
from entrepot.shared.telemetry import log_operation
from entrepot.shared.telemetry.work_log import collect_work


@dataclass(slots=True)
class Outcome:
    """The codes of the errors of a response; without a response, that of a fault."""

    codes: list[str] = field(default_factory=lambda: [InternalError.code])

    def note(self, response: Mapping[str, Any]) -> None:
        self.codes = [error["extensions"]["code"] for error in response.get("errors", ())]


@contextmanager
def logged(context: Context[Any], kind: str, operation: str | None, text: str) -> Iterator[Outcome]:
    """Run the block as an operation that gets a line, also when it raises."""
    clock, outcome = context.environment.clock, Outcome()
    started = clock.monotonic()
    with collect_work() as line:
        try:
            yield outcome
        finally:
            log_operation(
                line,
                subgraph=context.transactions.source,
                kind=kind,
                operation=operation,
                text=text,
                codes=outcome.codes,
                seconds=clock.monotonic() - started,
            )


def name_of(node: OperationDefinitionNode) -> str | None:
    """The name of the operation in its document."""
    return node.name.value if node.name is not None else None


class LogOperation(SchemaExtension):
    """The line of an operation that goes through Strawberry; that of a subscription is written when it begins."""

    def __init__(self, executed: ExecutionContext) -> None:
        self.execution_context = executed

    def on_execute(self) -> Iterator[None]:
        executed, kind = self.execution_context, self.execution_context.operation_type
        is_stream = kind is OperationType.SUBSCRIPTION
        with logged(executed.context, kind.value, executed.operation_name, executed.query or "") as outcome:
            if not is_stream:
                yield
            errors = () if is_stream or executed.result is None else executed.result.errors or ()
            outcome.codes = [code_of(error) for error in errors]
        if is_stream:
            yield
