"""Operations that were valid and are not any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graphql import GraphQLSchema, validate

from entrepot.router.checks.change import Change
from entrepot.router.checks.operations.operation import KnownOperation


def find_broken_operations(operations: Iterable[KnownOperation], head: GraphQLSchema) -> Iterator[Change]:
    """One change per operation, with all reasons; `operations` are valid on the base."""
    for operation in operations:
        if errors := validate(head, operation.document):
            reasons = " ".join(dict.fromkeys(error.message for error in errors))
            message = f"The operation {operation.label} is no longer valid: {reasons}"
            yield Change.of("OPERATION_BROKEN", operation.label, message)
