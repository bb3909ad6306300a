"""Passes that make a fetch graph cheaper without changing what it fetches, in the order of PASSES."""

from __future__ import annotations

from collections.abc import Callable

from entrepot.router.planning.fetch_graph.model import FetchGraph
from entrepot.router.planning.fetch_graph.optimize.delay_fetches import delay_fetches
from entrepot.router.planning.fetch_graph.optimize.merge_calls import merge_calls

Pass = Callable[[FetchGraph], bool]

# Delaying comes first: it brings calls for the same objects together. Joining fetches of one wave into one request is
# left to emission, which needs the final waves.
PASSES: tuple[Pass, ...] = (delay_fetches, merge_calls)

__all__ = ["PASSES", "optimize"]


def optimize(fetches: FetchGraph, observe: Callable[[str], None]) -> None:
    """Runs the passes until none changes anything; each change leaves fewer requests or calls, so this ends.

    `observe` hears the name of every pass that changed something, after it did.
    """
    is_changing = True
    while is_changing:
        is_changing = False
        for step in PASSES:
            if step(fetches):
                is_changing = True
                observe(step.__name__)
