"""The rules the merged schema must keep, each a function from the merge to errors."""

from __future__ import annotations

from collections.abc import Callable

from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.merge import MergeState
from entrepot.router.composition.rules.demand import check_separate_demand
from entrepot.router.composition.supergraph_rules.inaccessible import check_inaccessible
from entrepot.router.composition.supergraph_rules.interfaces import (
    check_interface_fields,
    check_interface_keys,
    check_interface_objects,
)
from entrepot.router.composition.supergraph_rules.requires import check_requires
from entrepot.router.composition.supergraph_rules.transitive_authorization import check_transitive_authorization
from entrepot.router.composition.validity import check_validity

SupergraphRule = Callable[[MergeState], list[CompositionError]]


def _check_graphql(state: MergeState) -> list[CompositionError]:
    return check_validity(state.schema, state.places)


SUPERGRAPH_RULES: tuple[tuple[SupergraphRule, ...], ...] = (
    (
        check_interface_fields,
        check_interface_keys,
        check_interface_objects,
        check_requires,
        check_transitive_authorization,
    ),
    (_check_graphql,),
    (check_inaccessible,),
    (check_separate_demand,),
)
"""Groups in order: a group is looked at when all before it found nothing, for it would repeat their errors."""

__all__ = ["SUPERGRAPH_RULES", "SupergraphRule"]
