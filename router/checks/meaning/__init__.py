"""Changes that the API schema does not show: authorization, entities and their subgraphs, cost, cache tags."""

from __future__ import annotations

from entrepot.router.checks.change import Change
from entrepot.router.checks.meaning.authorization import compare_authorization
from entrepot.router.checks.meaning.caching import compare_caching
from entrepot.router.checks.meaning.cost import compare_cost
from entrepot.router.checks.meaning.entities import compare_entities
from entrepot.router.supergraph import Supergraph

__all__ = ["compare_meaning"]


def compare_meaning(base: Supergraph, head: Supergraph) -> list[Change]:
    """The changes of elements that both versions have."""
    rules = (compare_authorization, compare_entities, compare_cost, compare_caching)
    return [change for compare in rules for change in compare(base, head)]
