"""Subgraphs after changes that seeds choose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from entrepot.router.composition import SubgraphSchema
from tests.support.composition_mutations import changes
from tests.support.composition_mutations.source import Source, build_sources

_ATTEMPTS = 20

Change = Callable[[Source, Random], str | None]


def mutate(subgraphs: Sequence[SubgraphSchema], seeds: Sequence[int]) -> list[SubgraphSchema]:
    """The subgraphs after one change for each seed."""
    changed = list(subgraphs)
    for seed in seeds:
        changed = _change_one(changed, Random(seed))
    return changed


def _change_one(subgraphs: list[SubgraphSchema], random: Random) -> list[SubgraphSchema]:
    if len(subgraphs) > 1 and random.random() < 0.02:
        dropped = random.randrange(len(subgraphs))
        return [each for number, each in enumerate(subgraphs) if number != dropped]
    sources = build_sources((each.name, each.sdl) for each in subgraphs)
    for _ in range(_ATTEMPTS):
        number = random.randrange(len(subgraphs))
        change = random.choices(_CHANGES, _WEIGHTS)[0]
        text = change(sources[number], random)
        if text is not None and text != sources[number].text and Source("", text).is_valid:
            return [replace(each, sdl=text) if at == number else each for at, each in enumerate(subgraphs)]
    return subgraphs


_WEIGHTED: tuple[tuple[Change, int], ...] = (
    (changes.drop_directive, 6),
    (changes.add_directive, 5),
    (changes.add_imported_directive, 8),
    (changes.change_field_set, 4),
    (changes.change_directive_argument, 4),
    (changes.change_type, 4),
    (changes.change_nullability, 4),
    (changes.change_list, 2),
    (changes.change_default, 3),
    (changes.drop_part, 4),
    (changes.copy_part, 5),
    (changes.add_argument, 2),
    (changes.drop_interface, 1),
    (changes.add_interface, 2),
    (changes.change_members, 2),
    (changes.drop_type, 2),
    (changes.copy_type, 3),
    (changes.change_kind, 2),
    (changes.change_description, 2),
    (changes.change_link_version, 3),
    (changes.change_imports, 3),
)
"""Every change and how often it is chosen."""
_CHANGES = [change for change, _ in _WEIGHTED]
_WEIGHTS = [weight for _, weight in _WEIGHTED]
