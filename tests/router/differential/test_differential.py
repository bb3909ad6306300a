"""Federated answers compared with the whole schema's own, over random supergraphs and random operations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random

import pytest
from graphql import GraphQLSchema, is_introspection_type, lexicographic_sort_schema, print_type

from entrepot.router.plan import print_plan
from tests.support.differential.campaign import Tally, run_seed
from tests.support.differential.features import FEATURES
from tests.support.differential.federation import Federation
from tests.support.differential.operations import Operation, random_operation
from tests.support.differential.random_split import build_split
from tests.support.differential.schemas import build_whole
from tests.support.differential.shrink import shrink_operation

_LONG_SEEDS = range(1000, 1210)
_LONG_COUNT = 100
_BLOCK = 10
_LEAST_USES = 500
_whole_tally = Tally()

Record = Callable[[str, object], None]
"""What is recorded as `tally` is told in the summary of the run."""


async def _run(seeds: Iterable[int], count: int) -> Tally:
    tally = Tally()
    for seed in seeds:
        difference = await run_seed(seed, count, tally)
        assert difference is None, f"seed {seed}:\n{difference}"
    return tally


async def test_slice_answers_as_the_whole_schema_does(record_property: Record) -> None:
    tally = await _run(range(15), 20)
    record_property("tally", tally.to_record())
    assert tally.operations == 20 * tally.splits
    assert tally.splits + tally.discarded == 15
    assert tally.discarded <= 1
    assert min(tally.features[name] for name in FEATURES) > 0
    assert tally.deep >= tally.operations / 5


@pytest.mark.parametrize("seed", [3, 7])
def test_composed_schema_is_the_one_that_was_split(seed: int) -> None:
    federation = Federation(build_split(seed))
    assert _print_types(federation.supergraph.api_schema) == _print_types(build_whole(federation.theirs))


def _print_types(schema: GraphQLSchema) -> list[str]:
    kinds = lexicographic_sort_schema(schema).type_map.values()
    return [print_type(kind) for kind in kinds if not is_introspection_type(kind)]


@pytest.mark.parametrize("seed", range(4))
def test_order_of_subgraphs_does_not_change_plans(seed: int) -> None:
    split = build_split(seed)
    forward, backward = Federation(split), Federation(replace(split, graphs=split.graphs[::-1]))
    random = Random(seed)
    for _ in range(25):
        operation = random_operation(forward.whole, random)
        assert print_plan(forward.plan(operation)) == print_plan(backward.plan(operation)), operation.text


async def test_failing_operation_is_made_small() -> None:
    federation = Federation(build_split(1))
    name = next(name for name in federation.split.kinds["Query"].fields if name.startswith("one"))
    other = next(name for name in federation.split.kinds["Query"].fields if name.startswith("all"))
    text = f"query ($no: Boolean!) {{ {name} {{ id ...Part }} x: {other} @skip(if: $no) {{ id }} }}"
    text += f" fragment Part on {name.removeprefix('one')} {{ y: id __typename @include(if: $no) }}"

    async def fails(operation: Operation) -> bool:
        return "__typename" in operation.text

    small = await shrink_operation(federation.whole, Operation(text, {"no": False}), fails)
    assert small == Operation(f"{{ {name} {{ __typename }} }}", {})


@pytest.mark.long
@pytest.mark.parametrize("start", _LONG_SEEDS[::_BLOCK])
async def test_whole_answers_as_the_whole_schema_does(start: int, record_property: Record) -> None:
    tally = await _run(range(start, start + _BLOCK), _LONG_COUNT)
    record_property("tally", tally.to_record())
    _whole_tally.add(tally)


@pytest.mark.long
def test_whole_used_every_feature() -> None:
    """Comes last: what the blocks above have run together."""
    assert _whole_tally.operations >= 20_000
    assert _whole_tally.splits >= 200
    uses = {name: _whole_tally.features[name] for name in FEATURES}
    assert {name: count for name, count in uses.items() if count < _LEAST_USES} == {}
    assert _whole_tally.deep >= _whole_tally.operations / 5
