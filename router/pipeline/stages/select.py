"""Stage: the operation of the document, and whether the transport may run it."""

from __future__ import annotations

from entrepot.router.errors import MethodNotAllowed, NotAcceptable
from entrepot.router.operation import select_operation as select_node
from entrepot.router.pipeline.cache.documents import OperationEntry
from entrepot.router.pipeline.context import RequestContext


def select_operation(context: RequestContext) -> None:
    """Choose the operation (GraphQL section 6.1).

    Raises OperationUnknown when it is missing or ambiguous, MethodNotAllowed for a mutation by a safe method, and
    NotAcceptable for a subscription where no stream can be answered.
    """
    document = context.document
    name = context.request.graphql.operation_name or None
    entry = document.operations.get(name)
    if entry is None:
        assert document.tree is not None
        entry = OperationEntry(select_node(document.tree, name))
        document.operations[name] = entry
    context.operation = entry
    kind = entry.node.operation.value
    if kind in context.request.kinds:
        return
    if kind == "mutation":
        raise MethodNotAllowed("A mutation changes data, so it must be sent by POST.", extensions={"allow": "POST"})
    raise NotAcceptable(
        "A subscription answers with a stream: accept `text/event-stream` or `multipart/mixed;subscriptionSpec=1.0`, "
        "or use a WebSocket with the subprotocol `graphql-transport-ws`."
    )
