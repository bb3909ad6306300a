"""Stage: the operation in normal form, once per operation."""

from __future__ import annotations

from entrepot.router.operation import hash_operation
from entrepot.router.operation import normalize_operation as normalize
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.instrumentation.timings import computing


def normalize_operation(context: RequestContext) -> None:
    """Inline fragments and merge fields; raises OperationInvalid when the schema has no such kind of operation."""
    operation = context.operation
    if operation.normalized is None:
        tree = context.document.tree
        assert tree is not None
        name = operation.node.name.value if operation.node.name else None
        with computing(context, "normalize"):
            normalized = normalize(context.request.snapshot.supergraph, tree, name)
            operation.hash = hash_operation(normalized)
        operation.normalized = normalized
