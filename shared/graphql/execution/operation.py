"""One operation of a validated document, and what it was compiled to."""

from __future__ import annotations

from typing import Any

from graphql import FragmentDefinitionNode, OperationDefinitionNode

from entrepot.shared.graphql.execution.plan import OperationPlan
from entrepot.shared.graphql.execution.selection import survey


class Operation:
    """One operation of a document, and its plans by the truth of its condition variables."""

    def __init__(self, node: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self.node = node
        self.fragments = fragments
        found = survey(node, fragments)
        self.is_plain = found.is_plain
        self.conditions = tuple(sorted(found.condition_variables))
        self.plans: dict[tuple[Any, ...], OperationPlan] = {}
