"""The whole request: STAGES in order, each may refuse it; then execution."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Final

from router.execution import ExecutionResult
from router.pipeline.authenticate import Authenticator
from router.pipeline.authorize import authorize_operation
from router.pipeline.context import RequestContext
from router.pipeline.execute import Executor
from router.pipeline.limits import check_limits
from router.pipeline.normalize import normalize_operation
from router.pipeline.parse import parse_document
from router.pipeline.persisted import find_document
from router.pipeline.plan import plan_operation
from router.pipeline.select import select_operation
from router.pipeline.snapshot import Snapshot, SnapshotSource
from router.pipeline.validate import validate_document
from router.pipeline.variables import coerce_variables
from shared.randomness import Randomness
from shared.telemetry import REQUEST_ID_HEADER, TRACEPARENT_HEADER, Trace, read_trace

Stage = Callable[[RequestContext], None]

STAGES: Final[tuple[Stage, ...]] = (
    find_document,
    parse_document,  # once a document, as the next two
    check_limits,  # before validation, which is super-linear in what it bounds
    validate_document,
    select_operation,
    normalize_operation,  # once an operation
    authorize_operation,  # once an operation and what its caller may select of it
    coerce_variables,
    plan_operation,  # once an operation as authorized
)


class RequestHandler:
    """Answers decoded requests, whatever transport brought them."""

    def __init__(
        self, snapshots: SnapshotSource, authenticator: Authenticator, executor: Executor, randomness: Randomness
    ) -> None:
        self._snapshots = snapshots
        self._executor = executor
        self._randomness = randomness
        self.authenticator = authenticator

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that requests begin with now."""
        return self._snapshots.current

    def begin_trace(self, headers: Mapping[str, str]) -> Trace:
        """The trace of a request with these headers."""
        return read_trace(headers.get(REQUEST_ID_HEADER), headers.get(TRACEPARENT_HEADER), self._randomness)

    def prepare(self, context: RequestContext) -> None:
        """Run the stages; raises the error of the one that refuses the request."""
        for stage in STAGES:
            stage(context)

    async def execute(self, context: RequestContext) -> ExecutionResult:
        """The answer to a prepared query or mutation."""
        return await self._executor.execute(context)

    def subscribe(self, context: RequestContext) -> AsyncGenerator[ExecutionResult, None]:
        """The answers of a prepared subscription."""
        return self._executor.subscribe(context)


def is_subscription(context: RequestContext) -> bool:
    """Whether the prepared request answers with a stream; one that asks for its plan only does not."""
    return context.operation.node.operation.value == "subscription" and context.plan_mode != "only"
