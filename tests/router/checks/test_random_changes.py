"""Several changes at once, and random operations: what the check says of them holds."""

from __future__ import annotations

from random import Random

import pytest
from graphql import find_breaking_changes, parse, validate

from entrepot.router.checks import Criticality, KnownOperation, Version, check_versions
from entrepot.router.checks.operations import collect_usage
from tests.router.checks.graphs import BASE, SDL, build
from tests.router.checks.single_changes import SINGLE_CHANGES
from tests.support.random_operations import random_query

_SCHEMAS = 20
_MANY_SCHEMAS = 5_000


def build_random_head(random: Random) -> Version | None:
    """A head with one to five of the single changes; None where these do not compose together."""
    sdl = dict(SDL)
    for subgraph, old, new, *_ in random.sample(SINGLE_CHANGES, random.randint(1, 5)):
        if sdl[subgraph].count(old) == 1:
            sdl[subgraph] = sdl[subgraph].replace(old, new)
    head = build("head", sdl)
    return head if head.is_composed else None


def check_seed(seed: int) -> bool:
    """Whether there was anything to check."""
    random = Random(seed)
    head = build_random_head(random)
    if head is None:
        return False
    operations = [
        KnownOperation(f"operation-{number}", None, parse(random_query(BASE.api_schema, random, 3), no_location=True))
        for number in range(4)
    ]
    alone = check_versions(BASE, head)
    breaking = [each for each in alone.changes if each.criticality is Criticality.BREAKING]
    theirs = find_breaking_changes(BASE.api_schema, head.api_schema)
    assert len({each.description for each in theirs}) <= len(breaking), (seed, theirs)
    result = check_versions(BASE, head, operations=operations)
    broken = {each.coordinate for each in result.changes if each.code == "OPERATION_BROKEN"}
    invalid = {each.label for each in operations if validate(head.api_schema, each.document)}
    assert broken == invalid, seed
    # An operation breaks by a change of something that it uses, and the report says so.
    usage = collect_usage(operations, BASE.api_schema)
    assert usage.count == len(operations), seed
    named = {name for each in result.changes if each.is_refused for name in broken if name in (each.evidence or "")}
    assert named == broken, seed
    return True


@pytest.mark.parametrize("first", range(0, _SCHEMAS, 10))
def test_random_schemas(first: int) -> None:
    assert sum(check_seed(seed) for seed in range(first, first + 10)) >= 5


@pytest.mark.long
def test_many_random_schemas() -> None:
    assert sum(check_seed(seed) for seed in range(1_000, 1_000 + _MANY_SCHEMAS)) >= _MANY_SCHEMAS // 2
