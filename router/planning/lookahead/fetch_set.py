"""The price of a plan: waves, then fetches; a set of (wave, subgraph) pairs held in one integer.

Fetches to one subgraph in one wave become one request, so the pairs are what a plan costs. Wave 0 is the fetch that
holds the position; bit `wave * width + index` says that the subgraph of that index is asked in that wave.
"""

from __future__ import annotations

FetchSet = int


def count_waves(fetch_set: FetchSet, width: int) -> int:
    """The number of the last wave in which anything is asked; 0 when nothing is asked after the position's fetch."""
    return (fetch_set.bit_length() - 1) // width if fetch_set else 0


def cost(fetch_set: FetchSet, width: int) -> tuple[int, int]:
    """What plans are compared by: waves first, since each waits for the one before, then fetches."""
    return count_waves(fetch_set, width), fetch_set.bit_count()
