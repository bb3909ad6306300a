"""What is kept of a document: done once, found again by its text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphql.language import DocumentNode, OperationDefinitionNode

from router.errors import ClientError
from router.federation.auth import Authorization
from router.operation import NormalizedOperation
from router.pipeline.removal import Removal

if TYPE_CHECKING:
    from router.pipeline.context import RequestContext

    Stage = Callable[[RequestContext], None]

# A parsed document takes this many times the bytes of its text, measured over ordinary operations.
_TREE_WEIGHT = 40


@dataclass(slots=True)
class OperationView:
    """An operation as the claims permit it: what is planned, and what was taken out."""

    normalized: NormalizedOperation
    mask: int
    removals: tuple[Removal, ...] = ()


@dataclass(slots=True)
class OperationEntry:
    """One operation of a document; `views` holds it by which of its `requirements` are met, a bit each."""

    node: OperationDefinitionNode
    normalized: NormalizedOperation | None = None
    hash: str = ""
    requirements: tuple[Authorization, ...] | None = None
    views: dict[int, OperationView] = field(default_factory=dict)


@dataclass(slots=True)
class DocumentEntry:
    """A document with the checks it passed, or the error it failed with."""

    text: str
    tree: DocumentNode | None = None
    failure: ClientError | None = None
    passed: set[str] = field(default_factory=set)
    operations: dict[str | None, OperationEntry] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        return len(self.text) * _TREE_WEIGHT + 1024


def once_a_document(stage: Stage) -> Stage:
    """The stage, run for the first request of a document only; its refusal is repeated to all others."""
    name = stage.__name__

    def run(context: RequestContext) -> None:
        entry = context.document
        if name in entry.passed:
            return
        if entry.failure is None:
            try:
                stage(context)
            except ClientError as error:
                entry.failure = error
            else:
                entry.passed.add(name)
                return
        raise entry.failure.with_traceback(None)

    run.__name__ = name
    run.__doc__ = stage.__doc__
    return run
