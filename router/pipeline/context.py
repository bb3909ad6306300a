"""What the stages of one request share: who asks for what, against which snapshot, and what is known so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from router.pipeline.documents import DocumentEntry, OperationEntry, OperationView
from router.pipeline.planned import PlannedOperation
from router.pipeline.request import GraphQLRequest
from router.pipeline.snapshot import Snapshot
from router.plan import OperationKind
from shared.auth import ANONYMOUS, Principal
from shared.telemetry import Trace

PlanMode = Literal["none", "include", "only"]
ALL_KINDS: frozenset[OperationKind] = frozenset({"query", "mutation", "subscription"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling: the verified principal, the policies that hold for it, and its `Authorization` header."""

    principal: Principal = ANONYMOUS
    policies: frozenset[str] = frozenset()
    authorization: str | None = None


@dataclass(slots=True)
class RequestContext:
    """One request on its way through the stages; the fields at the end are theirs to fill in.

    `headers` are the client's, by lower-case name. `kinds` are the operations that its transport can carry.
    """

    request: GraphQLRequest
    snapshot: Snapshot
    caller: Caller
    trace: Trace
    headers: Mapping[str, str] = field(default_factory=dict)
    kinds: frozenset[OperationKind] = ALL_KINDS
    is_safe_method: bool = False
    plan_mode: PlanMode = "none"

    text: str = ""
    document: DocumentEntry = field(init=False)
    operation: OperationEntry = field(init=False)
    view: OperationView = field(init=False)
    planned: PlannedOperation = field(init=False)
    variables: dict[str, Any] = field(default_factory=dict)
