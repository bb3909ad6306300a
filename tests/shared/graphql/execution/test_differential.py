"""The engine answers what graphql-core answers: random operations over a nasty schema, with random failures."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from random import Random

import pytest

from entrepot.shared.graphql.execution import Engine
from tests.support.differential_execution import compare
from tests.support.nasty_graph import FAULTS, SCHEMA, build_context
from tests.support.random_documents import Writer

# graphql-core leaves coroutines behind where it gives up an object.
pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ENGINE = Engine(SCHEMA)


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """What is left behind is collected here, where its warnings are ignored, and not in a later test."""
    yield
    gc.collect()


async def check(seed: int) -> None:
    random = Random(seed)
    FAULTS.set(random.choice((0.0, 0.02, 0.1, 0.3)))
    writer = Writer(SCHEMA._schema, random, width=random.randint(2, 7), depth=random.randint(2, 5))
    document = writer.write(random.choice(("query", "query", "query", "mutation")))
    difference = await compare(SCHEMA, ENGINE, document.text, document.variables, build_context)
    assert difference is None, f"seed {seed}: {document}\n{difference}"


@pytest.mark.parametrize("part", range(4))
async def test_a_slice(part: int) -> None:
    for seed in range(part * 100, (part + 1) * 100):
        await check(seed)


@pytest.mark.long
@pytest.mark.parametrize("part", range(20))
async def test_the_campaign(part: int) -> None:
    for seed in range(10_000 + part * 1000, 10_000 + (part + 1) * 1000):
        await check(seed)
