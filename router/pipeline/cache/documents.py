"""The document cache: parsed documents with their operations, found by text."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphql.language import DocumentNode, OperationDefinitionNode

from entrepot.router.errors import ClientError
from entrepot.router.federation.auth import Authorization
from entrepot.router.operation import NormalizedOperation
from entrepot.router.pipeline.authorization.unauthorized_paths import UnauthorizedField
from entrepot.router.pipeline.demand_control.cost import KnownCosts

# A parsed document takes this many times the bytes of its text, measured over ordinary operations.
_TREE_WEIGHT = 40


@dataclass(slots=True)
class AuthorizedOperation:
    """An operation as authorized for callers that meet the requirements in `mask`."""

    normalized: NormalizedOperation
    mask: int
    unauthorized: tuple[UnauthorizedField, ...] = ()
    costs: KnownCosts | None = None


@dataclass(slots=True)
class OperationEntry:
    """One operation of a document; `authorized` holds it by the mask of its `requirements` that are met.

    `labels` are those of progressive overrides that can change its plan.
    """

    node: OperationDefinitionNode
    kind: str = field(init=False)
    normalized: NormalizedOperation | None = None
    hash: str = ""
    requirements: tuple[Authorization, ...] | None = None
    labels: tuple[str, ...] | None = None
    authorized: dict[int, AuthorizedOperation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kind = self.node.operation.value


@dataclass(slots=True)
class DocumentEntry:
    """A document with the checks that it passed, or the error that it failed with, and how often it was used.

    `is_persisted` is None until it is looked up.
    """

    text: str
    tree: DocumentNode | None = None
    failure: ClientError | None = None
    passed: set[str] = field(default_factory=set)
    operations: dict[str | None, OperationEntry] = field(default_factory=dict)
    is_persisted: bool | None = None
    uses: int = 0

    @property
    def weight(self) -> int:
        return len(self.text) * _TREE_WEIGHT + 1024
