"""One operation of a validated document, and what it was compiled to."""

from __future__ import annotations

from typing import Any

from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode

from entrepot.shared.graphql.execution.plan import OperationPlan
from entrepot.shared.graphql.execution.selection import survey


class Operation:
    """One operation of a document, and its plans by the truth of its condition variables."""

    def __init__(self, document: DocumentNode, node: OperationDefinitionNode) -> None:
        self.document = document
        self.node = node
        self.fragments: dict[str, FragmentDefinitionNode] = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        found = survey(node, self.fragments)
        self.is_plain = found.is_plain
        self.conditions = tuple(sorted(found.condition_variables))
        self.plans: dict[tuple[Any, ...], OperationPlan] = {}
