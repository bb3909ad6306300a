"""What is added to a split at last: external keys, a second interface object, and a union of which subgraphs differ."""

from __future__ import annotations

from itertools import permutations
from random import Random

from tests.support.differential.split import Kind, Member, Part, Placement, Split, top_fields

_SCALAR_KEYS = ("id", "code", "region", "number")


def add_external_keys(split: Split, random: Random) -> None:
    """Keys that a subgraph calls external: beside another of its keys, so that all stays within reach."""
    for kind in [kind for kind in split.kinds.values() if kind.key_sets]:
        for graph, part in list(kind.parts.items())[1:]:
            resolvable = [text for text, is_resolvable in part.keys if is_resolvable]
            if len(resolvable) > 1 and random.random() < 0.5:
                text = random.choice(resolvable)
                names = [node.name.value for node in top_fields(text) if node.name.value in _SCALAR_KEYS]
                if names and not _is_of_interface(split, kind, graph, names[-1]):
                    part.fields[names[-1]] = Placement(is_external=True)
                    _provide_somewhere(split, random, kind.name, graph, names[-1])


def _is_of_interface(split: Split, kind: Kind, graph: str, name: str) -> bool:
    """Whether an interface there has the field, which each implementation then must resolve."""
    owners = [split.kinds[owner] for owner in kind.interfaces]
    return any(graph in owner.parts and name in owner.parts[graph].fields for owner in owners)


def _provide_somewhere(split: Split, random: Random, target: str, graph: str, name: str) -> None:
    placements = [
        owner.parts[graph].fields[field]
        for owner in split.kinds.values()
        if graph in owner.parts
        for field in owner.parts[graph].fields
        if owner.fields[field].target == target and not owner.parts[graph].fields[field].is_external
    ]
    for placement in placements:
        if random.random() < 0.3 and not placement.requires:
            placement.provides = f"{placement.provides} {name}" if placement.provides else name


def find_second_hub(split: Split, apart: str) -> tuple[list[str], str, str] | None:
    """Entities with a hub that has them all, and a further subgraph that has none: there for another interface object.

    Never the subgraph of the first: an entity would then be known there by two stand-ins.
    """
    for hub, other in permutations(split.graphs, 2):
        names = [
            kind.name
            for kind in split.kinds.values()
            if kind.key_sets and hub in kind.parts and other not in kind.parts and ("id", True) in kind.parts[hub].keys
        ]
        if len(names) > 1 and other != apart:
            return names[:3], hub, other
    return None


def add_differing_union(split: Split, random: Random) -> None:
    """`Either`: two subgraphs resolve its fields, and each knows a member that the other does not."""
    entities = [kind for kind in split.kinds.values() if kind.key_sets]
    pairs = list(permutations(split.graphs, 2))
    random.shuffle(pairs)
    for first, second in pairs:
        known = {graph: {kind.name for kind in entities if graph in kind.parts} for graph in (first, second)}
        if known[first] & known[second] and known[first] - known[second] and known[second] - known[first]:
            members = sorted(known[first] | known[second])
            parts = {first: Part(), second: Part()}
            split.kinds["Either"] = Kind("Either", "union", members=members, parts=parts)
            query = split.kinds["Query"]
            for name, shape in (("either", "Either"), ("eithers", "[Either]"), ("eitherSure", "[Either!]!")):
                query.fields[name] = Member(shape)
                for graph in (first, second):
                    query.parts.setdefault(graph, Part()).fields[name] = Placement(is_shareable=True)
            return
