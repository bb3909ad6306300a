"""Where requests to `/graphql` come in: the trace, refusals, and the quick way through a subgraph.

The quick way is for a POST with one query or mutation: from bytes to bytes on bare ASGI. Everything else goes to
Strawberry's view: streams, other methods and media types, documents that are not valid, introspection. Both ways answer
the same to the same request.
"""

from __future__ import annotations

from typing import Any, Final

import orjson
from graphql import OperationType
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from entrepot.shared.errors import PublicError
from entrepot.shared.graphql.app import SubgraphView
from entrepot.shared.graphql.context import Context
from entrepot.shared.graphql.departures import ClientGone, run_for_client
from entrepot.shared.graphql.documents import Documents
from entrepot.shared.graphql.errors import to_response
from entrepot.shared.graphql.operation_lines import logged, name_of
from entrepot.shared.graphql.schema import MAX_DOCUMENTS
from entrepot.shared.graphql.text import holds_nul
from entrepot.shared.graphql.traces import begin_request, note_status
from entrepot.shared.telemetry import use_span

_JSON: Final = b"application/json"
_OPTIONAL_MEMBERS: Final = {"variables": dict, "operationName": str, "extensions": dict}
_MEMBERS: Final = _OPTIONAL_MEMBERS.keys() | {"query"}
_STREAMS: Final = (b"event-stream", b"multipart")
_SOCKET_CODES: Final = 4000
"""Close codes of the graphql-transport-ws protocol are those of HTTP and this: 4401, 4403."""


class SubgraphEndpoint:
    """An ASGI app: answers what it can by itself, and hands the rest to the view."""

    def __init__(self, view: SubgraphView) -> None:
        self._view = view
        self._documents = Documents(view.schema.engine, MAX_DOCUMENTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tracer = self._view.tracer
        with use_span(begin_request(tracer, scope)) as span:
            if tracer.is_on:
                send = note_status(send, span)
            # The spans of operations are the view's work.
            answer = self._view if tracer.is_on or not _is_plain_post(scope) else self._answer_post
            try:
                await answer(scope, receive, send)
            except PublicError as error:
                if scope["type"] == "websocket":
                    await send({"type": "websocket.close", "code": _SOCKET_CODES + error.status, "reason": error.code})
                else:
                    await _refuse(error)(scope, receive, send)

    async def _answer_post(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read_body(receive)
        if body is None:
            return
        try:
            answer = await self._execute(scope, body, receive)
        except ClientGone:
            return
        if answer is None:
            await self._view(scope, _replay(body, receive), send)
        else:
            await _send_json(send, orjson.dumps(answer))

    async def _execute(self, scope: Scope, body: bytes, receive: Receive) -> dict[str, Any] | None:
        """The response; None for a request that the view has to answer.

        Raises PublicError for one that is refused, and ClientGone for a query that nobody waits for any more.
        """
        try:
            content = orjson.loads(body)
        except ValueError:
            return None
        if not _is_plain_request(content) or (b"\\u0000" in body and holds_nul(content)):
            return None
        operation = self._documents.find(content["query"], content.get("operationName"))
        if operation is None:
            return None
        context: Context[Any] = await self._view.get_context(HTTPConnection(scope), None)
        kind = operation.node.operation
        with logged(context, kind.value, name_of(operation.node), content["query"]) as line:
            work = self._view.schema.engine.execute(operation, content.get("variables"), context)
            # What a mutation has begun is finished: its client may not know that it is gone.
            answer = to_response(await (run_for_client(work, receive) if kind is OperationType.QUERY else work))
            line.note(answer)
        return answer


def _is_plain_post(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "POST" or scope.get("query_string"):
        return False
    is_json = False
    for name, value in scope["headers"]:
        if name == b"content-type":
            is_json = value == _JSON or value.startswith(b"application/json;")
        elif (name == b"accept" and any(stream in value for stream in _STREAMS)) or name == b"content-encoding":
            return False
    return is_json


def _is_plain_request(content: object) -> bool:
    if not isinstance(content, dict) or not content.keys() <= _MEMBERS or not isinstance(content.get("query"), str):
        return False
    return all(isinstance(content.get(name), kind | None) for name, kind in _OPTIONAL_MEMBERS.items())


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body; None where the client left before it was sent."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """The messages of a request whose body was read already."""
    is_sent = False

    async def replay() -> Message:
        nonlocal is_sent
        if is_sent:
            return await receive()
        is_sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _refuse(error: PublicError) -> JSONResponse:
    body = {"errors": [{"message": error.message, "extensions": {"code": error.code}}]}
    return JSONResponse(body, status_code=error.status)


async def _send_json(send: Send, body: bytes) -> None:
    headers = [(b"content-type", _JSON), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
