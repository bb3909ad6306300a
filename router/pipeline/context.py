"""A request: what the client asked (`Request`), what the stages found out (`RequestContext`), and who observes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeVar

from entrepot.router.execution import Payload
from entrepot.router.pipeline.authentication.caller import Caller
from entrepot.router.pipeline.cache.documents import AuthorizedOperation, DocumentEntry, OperationEntry
from entrepot.router.pipeline.cache.planned import PlannedOperation
from entrepot.router.pipeline.cache.snapshot import Snapshot
from entrepot.router.pipeline.demand_control.cost import Cost
from entrepot.router.pipeline.graphql_request import GraphQLRequest
from entrepot.router.pipeline.instrumentation.records import Computation, OperationRecord
from entrepot.router.pipeline.limits.quota import Quota
from entrepot.router.plan import OperationKind
from entrepot.shared.telemetry import Trace, bind_trace

PlanMode = Literal["none", "include", "only"]
Send = TypeVar("Send")
ALL_KINDS: Final[frozenset[OperationKind]] = frozenset({"query", "mutation", "subscription"})


class RequestObserver:
    """Observes an HTTP request, or one operation on a WebSocket, and binds its trace for as long as it takes.

    This base class records nothing; subclasses do. All methods are called within the `with` block.
    """

    __slots__ = ("_binding", "trace")

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._binding = bind_trace(trace)

    def __enter__(self) -> Self:
        self._binding.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._binding.__exit__(kind, error, trace)

    def record_response(self, status: int, length: int) -> None:
        """A whole response of this many bytes was sent."""

    def wrap_send(self, send: Send) -> Send:
        """The `send` to use for a stream, so that its status and length are recorded."""
        return send

    def record_failure(self, error: Exception) -> None:
        """The whole request is answered with this error."""

    def begin_operation(self, context: RequestContext) -> None:
        """An operation of the request is about to be prepared."""

    def record_computed_stages(self, context: RequestContext) -> None:
        """Stages of the operation had no cached result and computed one."""

    def record_refusal(self, context: RequestContext, error: BaseException) -> None:
        """The operation has no result but this error, or was cancelled by its client."""

    def record_errors(self, context: RequestContext, errors: Iterable[Mapping[str, Any]]) -> None:
        """The response to the operation, or an event of it, has these entries of `errors`."""

    def record_payload(self, context: RequestContext, payload: Payload) -> None:
        """A payload of an incremental response was made."""


UNOBSERVED: Final = RequestObserver(Trace("unobserved", "0" * 32, "0" * 16, is_sampled=False))
"""For operations without a client's request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asked, and how: fixed before the first stage.

    `headers` are the client's, by lower-case name; `address` is the client's. `kinds` are the operations that the
    transport can carry; `may_defer` says that it can carry an incremental response. `snapshot` is the supergraph that
    the request started with.
    """

    graphql: GraphQLRequest
    snapshot: Snapshot
    caller: Caller
    trace: Trace
    headers: Mapping[str, str] = field(default_factory=dict)
    kinds: frozenset[OperationKind] = ALL_KINDS
    plan_mode: PlanMode = "none"
    may_defer: bool = False
    address: str = ""
    observer: RequestObserver = UNOBSERVED


def _exclude_from_shares() -> float:
    """A percentage that is above every share: for operations without a client's request."""
    return 100.0


def _no_clock() -> float:
    """A clock for operations that are not timed."""
    return 0.0


@dataclass(slots=True)
class RequestContext:
    """The state of a request in the pipeline: `request`, and what the stages found out about it.

    `draw_percent` draws a number from 0 to 100, for decisions about a share of requests. `monotonic` is the clock;
    `started` is the start of the request where it is timed. `headers` are the client's, with the changes of extensions;
    `extension` is the request as extensions see it. `granted_policies` hold besides those of the caller. `computed` are
    the stages without a cached result. `record` is made by the observer when there is something to record.
    """

    request: Request
    draw_percent: Callable[[], float] = _exclude_from_shares
    monotonic: Callable[[], float] = _no_clock
    started: float = 0.0

    headers: Mapping[str, str] = field(init=False)
    text: str = ""
    document: DocumentEntry = field(init=False)
    operation: OperationEntry = field(init=False)
    granted_policies: frozenset[str] = frozenset()
    authorized: AuthorizedOperation = field(init=False)
    active_labels: frozenset[str] = frozenset()
    planned: PlannedOperation = field(init=False)
    variables: dict[str, Any] = field(default_factory=dict)
    cost: Cost | None = None
    quotas: tuple[Quota, ...] = ()
    computed: tuple[Computation, ...] = ()
    record: OperationRecord | None = None
    extension: object | None = None

    def __post_init__(self) -> None:
        self.headers = self.request.headers
