"""Documents that were parsed and validated once: what a router sends again and again."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, OperationType, parse, validate

from entrepot.shared.graphql.text import has_nul

if TYPE_CHECKING:
    from entrepot.shared.graphql.execution import Engine
    from entrepot.shared.graphql.execution.operation import Operation

_MAX_OPERATION_NAMES = 8


class Documents:
    """The compiled operations of the newest documents of one schema, by text and operation name.

    Only valid documents are kept, whose operation the engine can run and is no subscription: for any other,
    Strawberry's view says what is wrong with it, or serves it.
    """

    def __init__(self, engine: Engine, size: int) -> None:
        self._engine = engine
        self._size = size
        self._known: OrderedDict[tuple[str, str | None], Operation] = OrderedDict()

    def find(self, text: str, operation_name: str | None) -> Operation | None:
        """The operation, ready to run; None for one that this cannot serve."""
        key = (text, operation_name)
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            return known
        prepared = self._prepare(text, operation_name)
        if prepared is not None:
            self._known[key] = prepared
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        return prepared

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
