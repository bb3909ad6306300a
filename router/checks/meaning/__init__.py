"""Changes that the API schema does not show: authorization, entities and their subgraphs, cost."""

from __future__ import annotations

from entrepot.router.checks.change import Change
from entrepot.router.checks.meaning.authorization import compare_authorization
from entrepot.router.checks.meaning.cost import compare_cost
from entrepot.router.checks.meaning.entities import compare_entities
from entrepot.router.supergraph import Supergraph

__all__ = ["compare_meaning"]


def compare_meaning(base: Supergraph, head: Supergraph) -> list[Change]:
    """The changes of elements that both versions have."""
    return [*compare_authorization(base, head), *compare_entities(base, head), *compare_cost(base, head)]
