"""The rules a single subgraph must keep, each a function from subgraph to errors."""

from __future__ import annotations

from collections.abc import Callable

from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.rules.authorization import check_authorization
from entrepot.router.composition.rules.contexts import check_contexts
from entrepot.router.composition.rules.demand import check_cost, check_list_sizes
from entrepot.router.composition.rules.external import check_external
from entrepot.router.composition.rules.interface_objects import check_interface_objects
from entrepot.router.composition.rules.keys import check_interface_keys, check_keys
from entrepot.router.composition.rules.provides import check_provides
from entrepot.router.composition.rules.requires import check_requires
from entrepot.router.composition.rules.shareable import check_shareable
from entrepot.router.composition.subgraph import Subgraph

Rule = Callable[[Subgraph], list[CompositionError]]

RULES: tuple[Rule, ...] = (
    check_interface_objects,
    check_keys,
    check_requires,
    check_provides,
    check_external,
    check_interface_keys,
    check_shareable,
    check_contexts,
    check_cost,
    check_list_sizes,
    check_authorization,
)
"""In the order in which a reader understands the errors best; the order decides nothing else."""

__all__ = ["RULES", "Rule"]
