"""One fetch: representations are collected and sent, and the response is merged."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from entrepot.router.errors import LimitExceeded, RouterError, SubgraphUnavailable
from entrepot.router.execution.conditions import build_conjunction_test
from entrepot.router.execution.errors.fetch_errors import FetchError, build_fetch_error, read_subgraph_errors
from entrepot.router.execution.json_text import encode_json
from entrepot.router.execution.merge import copy_value, has_composites, merge_object
from entrepot.router.execution.object_aliasing import Aliasing, choose_aliasing
from entrepot.router.execution.paths import JsonObject, PathTree
from entrepot.router.execution.representations import RepresentationBatch, build_extractor
from entrepot.router.execution.requests import ExecutionLimits, ExecutionRequest, FetchRecord
from entrepot.router.execution.transports.subgraph_client import (
    EntityList,
    SubgraphRequest,
    SubgraphResponse,
    describe_failure,
    read_response,
)
from entrepot.router.plan import EntityFetch, Fetch

Work = Coroutine[Any, Any, None]


@dataclass(slots=True)
class Run:
    """One execution on its way: the merged data so far, the objects at the paths walked, and what went wrong."""

    request: ExecutionRequest
    data: JsonObject = field(default_factory=dict)
    errors: list[FetchError] = field(default_factory=list)
    reached: dict[int, list[JsonObject]] = field(init=False)

    def __post_init__(self) -> None:
        self.reached = {0: [self.data]}


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What the fetches of one plan share when they are compiled."""

    fetches: tuple[Fetch, ...]
    tree: PathTree = field(default_factory=PathTree)


class CompiledCall:
    """One `_entities` field of a fetch."""

    def __init__(self, call: EntityFetch, aliasing: Aliasing, tree: PathTree) -> None:
        self.alias = call.alias
        self.aliasing = aliasing
        self.head = encode_json(call.variable) + b":["
        self._paths = call.paths
        self._tree = tree
        self._nodes = tuple(tree.add(path) for path in call.paths)
        self._changed: tuple[int, ...] | None = None
        self._extract, self._tables = build_extractor(call.representations)
        self._is_wanted = build_conjunction_test(call.conditions)

    def collect(self, run: Run) -> RepresentationBatch:
        batch = RepresentationBatch(self._tables)
        if self._is_wanted is None or self._is_wanted(run.request.variables):
            for node in self._nodes:
                batch.starts.append(len(batch.objects))
                self._extract(self._tree.walk(node, run.reached), batch)
        return batch

    def _forget_walks(self, run: Run) -> None:
        if self._changed is None:
            # Not before the first use: the tree is whole only when all of the plan is compiled.
            self._changed = tuple({node for path in self._paths for node in self._tree.list_changed(path)})
        for node in self._changed:
            run.reached.pop(node, None)

    def place(self, run: Run, batch: RepresentationBatch, entities: Any) -> bool:
        """Merge each entity into its objects; False when the list does not answer the representations."""
        self._forget_walks(run)
        if entities.__class__ is not list or len(entities) != len(batch.texts):
            return entities is None
        bounds = [0, len(batch.objects)]
        if self.aliasing == "path":
            bounds = [*batch.starts, len(batch.objects)]
        elif self.aliasing == "object":
            bounds = list(range(len(batch.objects) + 1))
        is_flat = [entity.__class__ is dict and not has_composites(entity) for entity in entities]
        placed: set[int] = set()
        for start, end in pairwise(bounds):
            indexes = batch.indexes[start:end]
            copies = {index: copy_value(entities[index]) for index in placed.intersection(indexes)}
            for item, index in zip(batch.objects[start:end], indexes, strict=True):
                if is_flat[index]:
                    item.update(entities[index])
                else:
                    entity = copies.get(index) or entities[index]
                    if entity.__class__ is dict:
                        merge_object(item, entity)
            if end < len(batch.objects):
                placed.update(indexes)
        return True


class CompiledFetch:
    """A fetch, ready to be run: everything of its body that never changes is JSON text already."""

    def __init__(self, fetch: Fetch, limits: ExecutionLimits, context: PlanContext) -> None:
        self.fetch = fetch
        self._limits = limits
        self._subgraph = fetch.subgraph
        self._is_mutation = fetch.kind == "mutation"
        head = b'{"query":' + encode_json(fetch.operation)
        if fetch.operation_name is not None:
            head += b',"operationName":' + encode_json(fetch.operation_name)
        self._head = head
        self._variables = tuple((name, encode_json(name) + b":") for name in fetch.variables)
        self._tree = context.tree
        self._nodes = tuple(context.tree.add(path) for path in fetch.paths)
        self._calls = tuple(
            CompiledCall(call, choose_aliasing(call, context.fetches), context.tree) for call in fetch.entities
        )

    def start(self, run: Run) -> Work | None:
        """The work of the fetch; None when there is nothing to ask."""
        if not self._calls:
            if self._nodes and not self._reach(run):
                return None
            return self._fetch(run, self.build_body(run, []), [])
        return self.ask(run, [call.collect(run) for call in self._calls])

    def _reach(self, run: Run) -> list[JsonObject]:
        """The objects below the root that root fields are asked for."""
        return [item for node in self._nodes for item in self._tree.walk(node, run.reached)]

    def ask(self, run: Run, batches: list[RepresentationBatch], contexts: Iterable[bytes] = ()) -> Work | None:
        """The work of asking for these representations; `contexts` are further variables, as JSON text."""
        total = sum(len(batch.texts) for batch in batches)
        if total == 0:
            return None
        if total > self._limits.representations:
            message = f"More than {self._limits.representations} objects would be asked of one subgraph at once."
            self.fail(run, LimitExceeded(message), batches)
            return None
        return self._fetch(run, self.build_body(run, batches, contexts), batches)

    def build_body(self, run: Run, batches: list[RepresentationBatch], contexts: Iterable[bytes] = ()) -> bytes:
        given = run.request.variables
        variables = [head + encode_json(given[name]) for name, head in self._variables if name in given]
        variables += [
            call.head + b",".join(batch.texts) + b"]" for call, batch in zip(self._calls, batches, strict=True)
        ]
        variables += contexts
        if not variables:
            return self._head + b"}"
        return self._head + b',"variables":{' + b",".join(variables) + b"}}"

    def build_request(self, run: Run, body: bytes) -> SubgraphRequest:
        request, subgraph = run.request, self._subgraph
        url = request.urls.get(subgraph, "")
        return SubgraphRequest(subgraph, url, body, request.headers(subgraph), self._is_mutation, request.identity)

    def _list_entities(self, batches: list[RepresentationBatch]) -> tuple[EntityList, ...]:
        return tuple(
            EntityList(call.alias, call.head, tuple(batch.texts))
            for call, batch in zip(self._calls, batches, strict=True)
        )

    def accept(self, run: Run, data: JsonObject | None, errors: list[Any], batches: list[RepresentationBatch]) -> None:
        """Merge what came back, and keep its errors."""
        by_alias = {call.alias: batch for call, batch in zip(self._calls, batches, strict=True)}
        if errors:
            fetch_errors = read_subgraph_errors(
                self.fetch, errors, by_alias, self._limits.errors, is_whole=data is None
            )
            present = run.request.mask_error
            if present is not None:
                for fetch_error in fetch_errors:
                    fetch_error.entry = present(self._subgraph, fetch_error.entry)
            run.errors += fetch_errors
        if data is None:
            return
        if not self._calls:
            for item in self._reach(run) if self._nodes else [run.data]:
                merge_object(item, copy_value(data) if self._nodes else data)
            run.reached = {0: [run.data]}
            return
        for call, batch in zip(self._calls, batches, strict=True):
            if not call.place(run, batch, data.get(call.alias)):
                self.fail(run, describe_failure(self._subgraph, "answered with other entities than asked for"), batches)

    def fail(self, run: Run, error: RouterError, batches: list[RepresentationBatch]) -> None:
        by_alias = {call.alias: batch for call, batch in zip(self._calls, batches, strict=True)}
        run.errors.append(build_fetch_error(self.fetch, error, by_alias))

    async def _fetch(self, run: Run, body: bytes, batches: list[RepresentationBatch]) -> None:
        request = run.request
        started = request.monotonic() if request.monotonic is not None else None
        response: SubgraphResponse | None = None
        failure: SubgraphUnavailable | None = None
        data: JsonObject | None = None
        errors: list[Any] = []
        try:
            sent = self.build_request(run, body)
            if request.includes_entities and batches:
                sent = replace(sent, entities=self._list_entities(batches))
            response = await request.transport.send(sent)
            data, errors = read_response(self._subgraph, response, self._limits.response_bytes)
        except SubgraphUnavailable as raised:
            failure = raised
        except Exception as cause:  # noqa: BLE001 - whatever a transport does, the rest of the answer must be given
            failure = describe_failure(self._subgraph, "could not be asked")
            failure.__cause__ = cause
        faults_before = len(run.errors)
        if failure is not None:
            self.fail(run, failure, batches)
        else:
            try:
                self.accept(run, data, errors, batches)
            except RecursionError:
                # Only values of custom scalars can nest so deeply, where two subgraphs answer the same place.
                what = "answered with data that is nested too deeply"
                self.fail(run, describe_failure(self._subgraph, what, is_transient=False), batches)
        if request.on_fetch is not None:
            record = FetchRecord(
                self.fetch.id,
                self._subgraph,
                sum(len(batch.texts) for batch in batches),
                request.monotonic() - started if request.monotonic is not None and started is not None else 0.0,
                None if response is None else response.status,
                len(run.errors) - faults_before,
                {} if response is None else response.headers,
                failure,
                () if response is None else response.cookies,
                started or 0.0,
            )
            request.on_fetch(record)
