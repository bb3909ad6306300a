"""Fetch sets: sets of (wave, subgraph) pairs, stored as bits of one integer, and their cost.

Fetches from one subgraph in one wave become one request, so the set determines the cost of a plan. Wave 0 is the fetch
that holds the position; bit `wave * width + index` stands for a fetch from that subgraph in that wave. Sets
are joined by `|`, and moved to later waves by `<< waves * width`.
"""

from __future__ import annotations

FetchSet = int
"""A set of (wave, subgraph) pairs, not a number to add: joined by `|`, compared by `cost`."""


def count_waves(fetch_set: FetchSet, width: int) -> int:
    """The number of the last wave with a fetch; 0 when nothing is fetched after the fetch of the position."""
    return (fetch_set.bit_length() - 1) // width if fetch_set else 0


def cost(fetch_set: FetchSet, width: int) -> tuple[int, int]:
    """What plans are compared by: waves first, since each waits for the one before, then fetches."""
    return count_waves(fetch_set, width), fetch_set.bit_count()
