"""What the stages of one request share: who asks for what, against which snapshot, and what is known so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from entrepot.router.pipeline.cache.documents import DocumentEntry, OperationEntry, OperationView
from entrepot.router.pipeline.cache.planned import PlannedOperation
from entrepot.router.pipeline.cache.snapshot import Snapshot
from entrepot.router.pipeline.graphql_request import GraphQLRequest
from entrepot.router.pipeline.instrumentation.request_observer import UNWATCHED, Watch
from entrepot.router.pipeline.instrumentation.timings import Computation
from entrepot.router.plan import OperationKind
from entrepot.shared.auth import ANONYMOUS, Principal
from entrepot.shared.telemetry import Trace

if TYPE_CHECKING:
    from entrepot.router.extensions.request import ExtensionRequest
    from entrepot.router.observe.records import OperationRecord
    from entrepot.router.pipeline.demand_control.estimate import Cost
    from entrepot.router.pipeline.limits.rate_limits import Quota

PlanMode = Literal["none", "include", "only"]
ALL_KINDS: frozenset[OperationKind] = frozenset({"query", "mutation", "subscription"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling: the verified principal, the policies that hold for it, and its `Authorization` header.

    For who called with an API key instead, that key, which is as secret as a token, and the name it is known by.
    """

    principal: Principal = ANONYMOUS
    policies: frozenset[str] = frozenset()
    authorization: str | None = None
    api_key: str | None = field(default=None, repr=False)
    key_name: str | None = None


def _draw_none() -> float:
    """What no share is above: for work that no client's request has asked for."""
    return 100.0


def _stand_still() -> float:
    """The clock of work that nobody times."""
    return 0.0


@dataclass(slots=True)
class RequestContext:
    """One request on its way through the stages; the fields at the end are theirs to fill in.

    `headers` are the client's, by lower-case name. `kinds` are the operations that its transport can carry, and
    `may_defer` says that it can carry an answer in parts. `draw_percent` draws a number from 0 to 100, by which what
    holds for a share of requests is decided. `address` is the client's. `monotonic` is the clock
    of the request, `started` its beginning where it is timed, and `computed` what no earlier request had computed.
    `watch` is told how it goes on; `record` is what it keeps of that.
    """

    request: GraphQLRequest
    snapshot: Snapshot
    caller: Caller
    trace: Trace
    headers: Mapping[str, str] = field(default_factory=dict)
    kinds: frozenset[OperationKind] = ALL_KINDS
    plan_mode: PlanMode = "none"
    draw_percent: Callable[[], float] = _draw_none
    may_defer: bool = False
    address: str = ""
    monotonic: Callable[[], float] = _stand_still
    started: float = 0.0
    watch: Watch = UNWATCHED

    text: str = ""
    document: DocumentEntry = field(init=False)
    operation: OperationEntry = field(init=False)
    view: OperationView = field(init=False)
    active_labels: frozenset[str] = frozenset()
    planned: PlannedOperation = field(init=False)
    variables: dict[str, Any] = field(default_factory=dict)
    cost: Cost | None = None
    quotas: tuple[Quota, ...] = ()
    computed: tuple[Computation, ...] = ()
    record: OperationRecord | None = None
    extended: ExtensionRequest | None = None
