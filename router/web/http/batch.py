"""Batching: a JSON array of requests, answered with an array of responses in the same order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from entrepot.router.config import BatchingConfig, LimitsConfig, RouterConfig
from entrepot.router.errors import BatchRefused, ClientError, CostExceeded, RequestTimedOut, ResponseTooLarge
from entrepot.router.execution import ExecutionResult
from entrepot.router.pipeline.context import Request, RequestContext
from entrepot.router.pipeline.graphql_request import GraphQLRequest
from entrepot.router.pipeline.handler import RequestHandler
from entrepot.router.pipeline.limits.measure import measure_document
from entrepot.router.web.asgi import RawHeaders
from entrepot.router.web.http.decode import convert_request
from entrepot.router.web.http.encode import encode_errors, encode_result

BuildRequest = Callable[[GraphQLRequest], Request]
# The limits of a single request also bound the requests of a batch together.
_LIMITED = ("tokens", "fields", "aliases", "root_fields", "directives")
_COST = "cost"


def check_batch(entries: Sequence[Any], config: BatchingConfig) -> None:
    """Refuse an array that may not be sent; raises BatchRefused."""
    if not config.enabled:
        raise BatchRefused("Batches are not accepted. Send one GraphQL request at a time.")
    if not 1 <= len(entries) <= config.max_requests:
        raise BatchRefused(
            f"A batch may hold 1 to {config.max_requests} requests; this one holds {len(entries)}. Split it.",
            extensions={"allowed": config.max_requests, "asked": len(entries)},
        )


async def answer_batch(
    handler: RequestHandler, entries: Sequence[Any], build_request: BuildRequest, config: RouterConfig, seconds: float
) -> tuple[bytes, RawHeaders]:
    """The JSON text of all answers, and the headers that they ask for.

    Queries run at the same time, mutations one after another in their order. A request that is refused or fails has
    its errors at its place, and so has one that is not answered within `seconds`, which hold for all together. Raises
    BatchRefused for a batch that asks more than a single request may, CostExceeded for one that costs more.
    """
    batch = _Batch(handler, len(entries), config.limits.max_response_bytes)
    sizes = dict.fromkeys((*_LIMITED, _COST), 0)
    for place, entry in enumerate(entries):
        context = await batch.prepare(place, entry, build_request)
        if context is not None:
            try:
                _add_size(sizes, context, config)
            except ClientError as error:
                handler.guards.security.note_refusal(error, context)
                raise
    try:
        async with asyncio.timeout(seconds):
            await batch.execute()
    except TimeoutError:
        late = encode_errors(RequestTimedOut(f"The batch took longer than {seconds:g} s and was ended."))
        return batch.encode(late), batch.headers
    return batch.encode(b"null"), batch.headers


class _Batch:
    """The answers of one batch, and the requests whose answers are still to come."""

    def __init__(self, handler: RequestHandler, length: int, response_bytes: int | None) -> None:
        self._response_bytes = response_bytes
        self._handler = handler
        self._answers: list[bytes | None] = [None] * length
        self._results: dict[int, ExecutionResult] = {}
        self._queries: list[tuple[int, RequestContext]] = []
        self._mutations: list[tuple[int, RequestContext]] = []

    async def prepare(self, place: int, entry: Any, build_request: BuildRequest) -> RequestContext | None:
        """The prepared request; None when it is refused."""
        try:
            context = await self._handler.prepare(build_request(convert_request(entry)))
        except Exception as error:  # noqa: BLE001 - an error of one request is reported at its index
            self._answers[place] = encode_errors(error)
            return None
        kind = context.operation.kind
        (self._mutations if kind == "mutation" else self._queries).append((place, context))
        return context

    async def execute(self) -> None:
        async with asyncio.TaskGroup() as group:
            for place, context in self._queries:
                group.create_task(self._answer(place, context))
            for place, context in self._mutations:
                await self._answer(place, context)

    @property
    def headers(self) -> RawHeaders:
        """Those that subgraphs' answers leave to the client, by the same rules as for a single request."""
        return [*self._handler.merge_headers(self._results[place] for place in sorted(self._results))]

    def encode(self, absent: bytes) -> bytes:
        return b"[" + b",".join(absent if body is None else body for body in self._answers) + b"]"

    async def _answer(self, place: int, context: RequestContext) -> None:
        try:
            result = await self._handler.execute(context)
            self._answers[place] = encode_result(result, self._response_bytes)
            self._results[place] = result
        except Exception as error:  # noqa: BLE001 - as in prepare
            if isinstance(error, ResponseTooLarge):
                self._handler.guards.security.note_refusal(error, context)
            self._answers[place] = encode_errors(error)


def _add_size(sizes: dict[str, int], context: RequestContext, config: RouterConfig) -> None:
    tree = context.document.tree
    assert tree is not None
    measured = [size for _, size in measure_document(tree)]
    sizes["tokens"] += tree.token_count or 0
    sizes["fields"] += sum(size.fields for size in measured)
    sizes["aliases"] += sum(size.aliases for size in measured)
    sizes["root_fields"] += sum(size.root_fields for size in measured)
    sizes["directives"] += sum(size.directives for size in measured)
    _check_sizes(sizes, config.limits)
    if context.cost is not None:
        sizes[_COST] += context.cost.estimate
        if config.demand_control.mode == "enforce" and sizes[_COST] > config.demand_control.max_cost:
            raise CostExceeded(
                f"The requests of the batch are estimated to cost more than {config.demand_control.max_cost} together. "
                "Send them in several batches.",
                extensions={"estimate": sizes[_COST], "maximum": config.demand_control.max_cost},
            )


def _check_sizes(sizes: dict[str, int], limits: LimitsConfig) -> None:
    for name in _LIMITED:
        asked, allowed = sizes[name], getattr(limits, f"max_{name}")
        if asked > allowed:
            what = name.replace("_", " ")
            raise BatchRefused(
                f"The requests of the batch have more than {allowed} {what} together. Send them in several batches.",
                extensions={"limit": what, "allowed": allowed, "asked": asked},
            )
