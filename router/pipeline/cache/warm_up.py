"""Warm-up: documents parsed, validated and planned before a snapshot is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from graphql.language import OperationDefinitionNode

from entrepot.router.errors import ClientError, RequestRefused
from entrepot.router.federation.auth import Authorization
from entrepot.router.operation import hash_text
from entrepot.router.pipeline.authentication.caller import Caller
from entrepot.router.pipeline.authorization.authorize import choose_authorized_operation, find_requirements
from entrepot.router.pipeline.cache.documents import DocumentEntry, OperationEntry
from entrepot.router.pipeline.cache.snapshot import Snapshot
from entrepot.router.pipeline.context import Request, RequestContext
from entrepot.router.pipeline.graphql_request import GraphQLRequest
from entrepot.router.pipeline.limits.document_limits import check_limits
from entrepot.router.pipeline.persisted_documents.find_document import find_document
from entrepot.router.pipeline.stages.normalize import normalize_operation
from entrepot.router.pipeline.stages.parse import parse_document
from entrepot.router.pipeline.stages.plan import plan_operation
from entrepot.router.pipeline.stages.select import select_operation
from entrepot.router.pipeline.stages.validate import validate_document
from entrepot.shared.telemetry import Trace

_NOBODY: Final = Caller()
_TRACE: Final = Trace("warm-up", "0" * 32, "0" * 16, is_sampled=False)


@dataclass(frozen=True, slots=True)
class HotDocument:
    """A document in use, how often: by the name of each operation, the sets of requirements that its callers met."""

    text: str
    met: Mapping[str | None, tuple[frozenset[Authorization], ...]] = field(default_factory=dict)
    uses: int = 0


@dataclass(frozen=True, slots=True)
class WarmFailure:
    """A document, by the SHA-256 of its text, that cannot be run against the snapshot, and why."""

    sha256: str
    operation: str | None
    error: ClientError


def list_hot_documents(snapshot: Snapshot, count: int) -> list[HotDocument]:
    """The documents that were asked for most, at most `count`, without those that are refused.

    Of those that were asked for as often, the ones that were asked for last.
    """
    entries = [entry for entry in snapshot.documents.list_values() if entry.failure is None]
    entries.sort(key=lambda entry: entry.uses, reverse=True)
    return [HotDocument(entry.text, _list_met(entry), entry.uses) for entry in entries[:count]]


def warm_snapshot(snapshot: Snapshot, hot: Iterable[HotDocument] = ()) -> list[WarmFailure]:
    """Plan all persisted documents, and those of `hot`, against a snapshot that is not in service yet.

    Persisted documents are planned for callers that meet none and all of their requirements. Those that cannot be
    planned are returned.
    """
    failures = [
        each for text in snapshot.persisted_documents.texts for each in _warm_document(snapshot, HotDocument(text))
    ]
    # In reverse: the most recently used entry is evicted last.
    for document in reversed(tuple(hot)):
        # A document that no longer fits the supergraph is refused when its client sends it.
        _warm_document(snapshot, document)
    return failures


def _list_met(entry: DocumentEntry) -> Mapping[str | None, tuple[frozenset[Authorization], ...]]:
    return {name: tuple(_read_met(operation)) for name, operation in entry.operations.items()}


def _read_met(operation: OperationEntry) -> Iterable[frozenset[Authorization]]:
    requirements = operation.requirements or ()
    for mask in operation.authorized:
        yield frozenset(item for bit, item in enumerate(requirements) if mask >> bit & 1)


def _warm_document(snapshot: Snapshot, document: HotDocument) -> list[WarmFailure]:
    text = document.text
    context = _build_context(snapshot, text, None)
    try:
        for stage in (find_document, parse_document, check_limits, validate_document):
            stage(context)
    except ClientError as error:
        return [WarmFailure(hash_text(text), None, error)]
    failures: list[WarmFailure] = []
    for name, met in (document.met or _list_operations(context)).items():
        try:
            _warm_operation(_build_context(snapshot, text, name), met)
        except ClientError as error:
            failures.append(WarmFailure(hash_text(text), name, error))
    # What was asked for before the change counts half, so that habits may change.
    context.document.uses = document.uses // 2
    return failures


def _list_operations(context: RequestContext) -> Mapping[str | None, None]:
    assert context.document.tree is not None
    nodes = [node for node in context.document.tree.definitions if isinstance(node, OperationDefinitionNode)]
    return {node.name.value if node.name else None: None for node in nodes}


def _warm_operation(context: RequestContext, met: Iterable[frozenset[Authorization]] | None) -> None:
    """Plan an operation for those who met these requirements; None stands for those who meet none and all of them."""
    for stage in (find_document, parse_document, select_operation, normalize_operation):
        stage(context)
    requirements = find_requirements(context)
    for permitted in (frozenset[Authorization](), frozenset(requirements)) if met is None else met:
        try:
            choose_authorized_operation(context, [item in permitted for item in requirements])
        except RequestRefused:
            # A caller with too few rights is refused whole, which needs no plan.
            continue
        plan_operation(context)


def _build_context(snapshot: Snapshot, text: str, name: str | None) -> RequestContext:
    graphql = GraphQLRequest(query=text, operation_name=name)
    return RequestContext(Request(graphql=graphql, snapshot=snapshot, caller=_NOBODY, trace=_TRACE))
