"""Our verdict and codes against another composer's, over the public cases changed at random.

A mutation is made again by its name: with `ENTREPOT_MUTATION=<seed>:<number>`, `-s -k one_mutation` shows what both
composers say of it where they differ. `ENTREPOT_SEED` gives the slice another seed.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrepot.router.composition import SubgraphSchema
from tests.support.composition import link
from tests.support.composition_mutations.campaign import (
    Case,
    Difference,
    compare,
    mutation_of,
    mutations_of,
    shrink,
)
from tests.support.composition_mutations.known import KNOWN, explain
from tests.support.composition_mutations.reference import ReferenceComposer, Verdict, start_reference
from tests.support.node import need_client

pytestmark = pytest.mark.node

_SLICE = 60
_LONG_SEEDS = ("first", "second", "third", "fourth", "fifth")
_LONG_COUNT = 1_000
_FLOOR = 5
"""So many differences of one class are always let through: in a slice, chance outweighs the share."""


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    folder = os.environ.get("CONFORMANCE_DIR")
    if folder is None:
        pytest.skip("set CONFORMANCE_DIR to the folder of the conformance data to mutate the public cases")
    lines = (Path(folder) / "composition" / "cases.jsonl").read_text().splitlines()
    return [_read_case(line) for line in lines]


@pytest.fixture(scope="module")
def reference() -> Iterator[ReferenceComposer]:
    with start_reference(need_client("composer")) as started:
        yield started


def _read_case(line: str) -> Case:
    written = json.loads(line)
    subgraphs = (SubgraphSchema(each["name"], each["url"], each["sdl"]) for each in written["subgraphs"])
    return Case(written["id"], tuple(subgraphs))


def _run(reference: ReferenceComposer, cases: list[Case], seed: str, count: int) -> Counter[str]:
    """How many mutations are in each class of known differences; fails at the first that is in none."""
    counted: Counter[str] = Counter()
    for name, case, subgraphs in mutations_of(cases, seed, count):
        difference = compare(reference, case.id, subgraphs, name)
        if difference is None:
            counted["same"] += 1
            continue
        known = explain(difference)
        if known is None:
            pytest.fail(str(shrink(reference, difference)))
        counted[known] += 1
    return counted


def test_slice_is_judged_as_the_other_composer_does(reference: ReferenceComposer, cases: list[Case]) -> None:
    seed = os.environ.get("ENTREPOT_SEED", "slice")
    sys.stdout.write(f"seed {seed}\n")
    counted = _run(reference, cases, seed, _SLICE)
    assert counted["same"] >= _SLICE * 0.9
    assert counted.total() == _SLICE


@pytest.mark.long
@pytest.mark.parametrize("seed", _LONG_SEEDS)
def test_mutations_are_judged_as_the_other_composer_does(
    reference: ReferenceComposer, cases: list[Case], seed: str
) -> None:
    counted = _run(reference, cases, seed, _LONG_COUNT)
    sys.stdout.write(f"seed {seed}: {dict(counted.most_common())}\n")
    too_many = {
        name: counted[name] for name, known in KNOWN.items() if counted[name] > max(_FLOOR, known.share * _LONG_COUNT)
    }
    assert too_many == {}, "a class of known differences hides something new"
    assert counted["same"] >= _LONG_COUNT * 0.93


def test_one_mutation(reference: ReferenceComposer, cases: list[Case]) -> None:
    """The mutation that is named in the environment, to look at it again."""
    name, case, subgraphs = mutation_of(cases, os.environ.get("ENTREPOT_MUTATION", "slice:0"))
    difference = compare(reference, case.id, subgraphs, name)
    sys.stdout.write(f"{difference or 'no difference'}\n")
    assert difference is None or explain(difference) is not None, str(difference)


def test_a_mutation_is_made_again_by_its_name(cases: list[Case]) -> None:
    names = [f"again:{number}" for number in range(20)]
    once = [mutation_of(cases, name) for name in names]
    assert [mutation_of(cases, name) for name in names] == once
    assert sum(case.subgraphs != tuple(changed) for _, case, changed in once) >= 18


def test_a_fault_of_ours_is_found_and_made_small(
    reference: ReferenceComposer, cases: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A composer that never asks for @shareable differs, and what is left of the subgraphs shows no more than that."""
    monkeypatch.setattr("entrepot.router.composition.merge.fields.check_sharing", lambda *_: None)
    text = link("2.3") + 'type Query { a: Int } type T @key(fields: "id") { id: ID! } enum E { X }'
    subgraphs = [SubgraphSchema(name, "", text) for name in ("one", "two", "three")]
    difference = compare(reference, "planted", subgraphs)
    assert difference is not None
    assert explain(difference) is None
    small = shrink(reference, difference)
    assert small.missing == {"INVALID_FIELD_SHARING"}
    assert len(small.subgraphs) == 2
    assert not any(word in small.text for word in ("enum", "id: ID", "@key("))


def test_no_class_swallows_a_wrong_verdict() -> None:
    """Whether a graph composes may differ only where a class says so by what is wrong with it."""
    accepted = Verdict(supergraph="")
    refused = Verdict(error_codes=frozenset({"INVALID_FIELD_SHARING"}), messages=("INVALID_FIELD_SHARING: two",))
    for ours, theirs in ((refused, accepted), (Verdict(supergraph=None), accepted)):
        assert explain(Difference("none", (), ours, theirs)) in {None, "interface without implementation"}
    assert explain(Difference("none", (), refused, accepted)) is None
