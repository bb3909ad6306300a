"""Documents that were parsed and validated once: what a router sends again and again."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, OperationType, parse, validate

from entrepot.shared.graphql.text import has_nul

if TYPE_CHECKING:
    from entrepot.shared.graphql.execution import Engine
    from entrepot.shared.graphql.execution.operation import Operation

_MAX_OPERATION_NAMES = 8


class Documents:
    """The compiled operations of the `size` documents of one schema that were used last."""

    def __init__(self, engine: Engine, size: int) -> None:
        self._engine = engine
        self._find = lru_cache(size)(self._prepare)

    def find(self, text: str, operation_name: str | None) -> Operation | None:
        """The operation of that name, ready to run.

        None for a document that is not valid, for a subscription, and for what the engine cannot run: Strawberry's view
        says what is wrong with it, or serves it.
        """
        return self._find(text, operation_name)

    def _prepare(self, text: str, operation_name: str | None) -> Operation | None:
        if has_nul(text):
            return None
        try:
            document = parse(text)
        except (GraphQLError, RecursionError):
            return None
        if not _is_served(document) or validate(self._engine.schema, document):
            return None
        return self._engine.prepare(document, operation_name)


def _is_served(document: DocumentNode) -> bool:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return len(operations) <= _MAX_OPERATION_NAMES and all(
        operation.operation is not OperationType.SUBSCRIPTION for operation in operations
    )
