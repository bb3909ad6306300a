"""From which locations an order's pieces are taken: a pure decision over what is available."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """What one location can promise of one variant."""

    variant_id: str
    location_id: str
    available: int


@dataclass(frozen=True, slots=True)
class Pick:
    """So many pieces of a variant from a location."""

    variant_id: str
    location_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """A variant of which there is not enough."""

    variant_id: str
    wanted: int
    available: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """Picks that fill everything, or what lacks: never both."""

    picks: tuple[Pick, ...] = ()
    shortages: tuple[Shortage, ...] = ()


def allocate(wanted: Mapping[str, int], levels: Iterable[Level]) -> Allocation:
    """Fill every variant or say what lacks; variants and locations come in the order of their ids.

    A location that has all of a line is preferred (the smallest id when several do), so that lines are not split
    without need; otherwise the fullest locations are emptied first, which makes the fewest parcels.
    """
    by_variant: dict[str, list[Level]] = {variant_id: [] for variant_id in sorted(wanted)}
    for level in levels:
        if level.available > 0 and level.variant_id in by_variant:
            by_variant[level.variant_id].append(level)
    available = {variant_id: sum(level.available for level in found) for variant_id, found in by_variant.items()}
    shortages = [
        Shortage(variant_id, wanted[variant_id], available[variant_id])
        for variant_id in by_variant
        if available[variant_id] < wanted[variant_id]
    ]
    if shortages:
        return Allocation(shortages=tuple(shortages))
    return Allocation(
        picks=tuple(pick for variant_id, found in by_variant.items() for pick in _fill(wanted[variant_id], found))
    )


def _fill(quantity: int, levels: Sequence[Level]) -> list[Pick]:
    whole = [level for level in levels if level.available >= quantity]
    order = sorted(whole or levels, key=lambda level: (0 if whole else -level.available, level.location_id))
    picks: list[Pick] = []
    for level in order:
        taken = min(quantity, level.available)
        if taken:
            picks.append(Pick(level.variant_id, level.location_id, taken))
            quantity -= taken
    return sorted(picks, key=lambda pick: pick.location_id)
