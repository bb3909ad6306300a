"""What is kept of a document: done once, found again by its text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING

from graphql.language import DocumentNode, OperationDefinitionNode

from entrepot.router.errors import ClientError
from entrepot.router.federation.auth import Authorization
from entrepot.router.operation import NormalizedOperation
from entrepot.router.pipeline.authorization.unauthorized_paths import Removal
from entrepot.router.pipeline.instrumentation.timings import computing

if TYPE_CHECKING:
    from entrepot.router.pipeline.context import RequestContext
    from entrepot.router.pipeline.demand_control.estimate import KnownCosts

    Stage = Callable[[RequestContext], None]

# A parsed document takes this many times the bytes of its text, measured over ordinary operations.
_TREE_WEIGHT = 40


@dataclass(slots=True)
class OperationView:
    """An operation as the claims permit it: what is planned, what was taken out, and what it costs once asked."""

    normalized: NormalizedOperation
    mask: int
    removals: tuple[Removal, ...] = ()
    costs: KnownCosts | None = None


@dataclass(slots=True)
class OperationEntry:
    """One operation of a document; `views` holds it by which of its `requirements` are met, a bit each.

    `labels` are those of progressive overrides that can change its plan.
    """

    node: OperationDefinitionNode
    kind: str = field(init=False)
    normalized: NormalizedOperation | None = None
    hash: str = ""
    requirements: tuple[Authorization, ...] | None = None
    labels: tuple[str, ...] | None = None
    views: dict[int, OperationView] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kind = self.node.operation.value


@dataclass(slots=True)
class DocumentEntry:
    """A document with the checks it passed, or the error it failed with, and how often it was asked for.

    `is_registered` is known once somebody has looked.
    """

    text: str
    tree: DocumentNode | None = None
    failure: ClientError | None = None
    passed: set[str] = field(default_factory=set)
    operations: dict[str | None, OperationEntry] = field(default_factory=dict)
    is_registered: bool | None = None
    uses: int = 0

    @property
    def weight(self) -> int:
        return len(self.text) * _TREE_WEIGHT + 1024


def once_per_document(name: str) -> Callable[[Stage], Stage]:
    """Run the stage for the first request of a document only; its refusal is repeated to all later requests.

    `name` identifies the stage in metrics, traces and `extensions.timings`.
    """

    def decorate(stage: Stage) -> Stage:
        @wraps(stage)
        def run(context: RequestContext) -> None:
            entry = context.document
            if name in entry.passed:
                return
            if entry.failure is None:
                try:
                    with computing(context, name):
                        stage(context)
                except ClientError as error:
                    entry.failure = error
                else:
                    entry.passed.add(name)
                    return
            raise entry.failure.with_traceback(None)

        return run

    return decorate
