"""Answers in parts put together again are the answers without `@defer`, over random supergraphs and operations."""

from __future__ import annotations

from random import Random

import pytest
from graphql import parse, validate

from entrepot.router.execution import ExecutionRequest, compile_plan
from entrepot.router.web.streaming.incremental import DeferSpec20220824Encoder, IncrementalV02Encoder
from tests.support.deferring import defer_randomly, merge_current, merge_labelled, run_parts, transport_to
from tests.support.differential.federation import Federation, NotComposable
from tests.support.differential.operations import Operation, random_operation
from tests.support.differential.random_split import build_split

_COUNT = 15


async def _compare(federation: Federation, operation: Operation, text: str) -> int:
    """How many payloads the operation was answered with, after both formats were compared."""
    request = ExecutionRequest(transport=transport_to(federation.subgraphs), variables=operation.variables)
    schema = federation.supergraph.api_schema
    federation.ours.log.clear()
    whole = await compile_plan(federation.plan(operation), api_schema=schema).execute(request)
    assert whole.errors == []
    federation.ours.log.clear()
    plan = federation.plan(Operation(text, operation.variables))
    assert plan == federation.plan(Operation(text, operation.variables))
    if not plan.deferred:
        return 0
    payloads = await run_parts(compile_plan(plan, api_schema=schema), request)
    current, labelled = IncrementalV02Encoder(), DeferSpec20220824Encoder()
    assert merge_current(current.encode(payload) for payload in payloads) == whole.data
    assert merge_labelled(labelled.encode(payload) for payload in payloads) == whole.data
    return len(payloads)


async def _run(seed: int, count: int) -> int | None:
    """The payloads of all operations that were answered in parts; None for a split that does not compose."""
    try:
        federation = Federation(build_split(seed))
    except NotComposable:
        return None
    # Values that a mutation changes: a part that comes after all mutations rightly shows the last of them.
    federation.ours.shows_revisions = False
    random = Random(seed)
    payloads = 0
    for _ in range(count):
        operation = random_operation(federation.whole, random)
        if operation.is_failing or operation.text.startswith("subscription"):
            continue
        text = defer_randomly(operation.text, random)
        assert validate(federation.supergraph.api_schema, parse(text)) == [], text
        found = await _compare(federation, operation, text)
        payloads += found if found > 1 else 0
    return payloads


async def test_slice_comes_together_again() -> None:
    found = [await _run(seed, _COUNT) for seed in range(8)]
    assert sum(payloads or 0 for payloads in found) >= 40


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2000, 2100))
async def test_whole_comes_together_again(seed: int) -> None:
    payloads = await _run(seed, 40)
    assert payloads is None or payloads > 0
