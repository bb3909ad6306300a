"""The quick way through a subgraph: a POST with one query or mutation, from bytes to bytes, on bare ASGI.

Everything else goes to Strawberry's view behind it: streams, other methods and media types, documents that are not
valid, introspection. Both answer the same to the same request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from entrepot.shared.errors import PublicError
from entrepot.shared.graphql.app import SubgraphView, refuse
from entrepot.shared.graphql.context import Context
from entrepot.shared.graphql.documents import Documents
from entrepot.shared.graphql.errors import to_public
from entrepot.shared.graphql.schema import MAX_DOCUMENTS
from entrepot.shared.graphql.text import holds_nul

_JSON: Final = b"application/json"
_MEMBERS: Final = frozenset({"query", "variables", "operationName", "extensions"})
_STREAMS: Final = (b"event-stream", b"multipart")


class SubgraphEndpoint:
    """An ASGI app: answers what it can by itself, and hands the rest to the view."""

    def __init__(self, view: SubgraphView) -> None:
        self._view = view
        self._documents = Documents(view.schema.engine, MAX_DOCUMENTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_plain_post(scope) or self._view.is_traced:
            await self._view(scope, receive, send)
            return
        body = await _read_body(receive)
        if body is None:
            return
        answer = await self._answer(scope, body, send)
        if answer is None:
            await self._view(scope, _replay(body, receive), send)

    async def _answer(self, scope: Scope, body: bytes, send: Send) -> bool | None:
        """True once an answer was sent; None for a request that the view has to answer."""
        try:
            content = orjson.loads(body)
        except ValueError:
            return None
        if not _is_plain_request(content) or (b"\\u0000" in body and holds_nul(content)):
            return None
        operation = self._documents.find(content["query"], content.get("operationName"))
        if operation is None:
            return None
        connection = HTTPConnection(scope)
        try:
            context: Context[Any] = await self._view.get_context(connection, None)
        except PublicError as error:
            await refuse(error)(scope, _nothing, send)
            return True
        result = await self._view.schema.engine.execute(operation, content.get("variables"), context)
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [to_public(error) for error in result.errors]
        await _send_json(send, orjson.dumps(answer))
        return True


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
    if not isinstance(content, Mapping) or not content.keys() <= _MEMBERS or not isinstance(content.get("query"), str):
        return False
    variables, name = content.get("variables"), content.get("operationName")
    return (variables is None or isinstance(variables, Mapping)) and (name is None or isinstance(name, str))


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


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


async def _send_json(send: Send, body: bytes) -> None:
    headers = [(b"content-type", _JSON), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
