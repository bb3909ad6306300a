"""The messages of `graphql-transport-ws`: parsed, validated and written, and its close codes."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final, Literal

import msgspec

from entrepot.router.errors import BadRequest
from entrepot.router.execution.json_text import decode_json, encode_json
from entrepot.router.pipeline.graphql_request import GraphQLRequest
from entrepot.router.pipeline.persisted_documents.identifiers import names_document
from entrepot.router.web.http.decode import convert_request

SUBPROTOCOL: Final = "graphql-transport-ws"
ClientMessageType = Literal["connection_init", "ping", "pong", "subscribe", "complete"]


class CloseCode(IntEnum):
    """Why the server closes a connection; the numbers are the protocol's."""

    NORMAL = 1000
    GOING_AWAY = 1001
    MESSAGE_TOO_BIG = 1009
    SERVICE_RESTART = 1012
    INTERNAL_ERROR = 4500
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INITIALISATION_TIMEOUT = 4408
    SUBSCRIBER_ALREADY_EXISTS = 4409
    TOO_MANY_INITIALISATIONS = 4429


class Closed(Exception):
    """The connection must end with this code and reason."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class ClientMessage(msgspec.Struct, frozen=True):
    """A message of the client."""

    type: ClientMessageType
    id: str | None = None
    payload: Any = None


def read_message(text: str | None, max_bytes: int) -> ClientMessage:
    """The message that a text frame holds; raises Closed for a binary frame and for what is no message."""
    if text is None:
        raise Closed(CloseCode.BAD_REQUEST, "Messages must be text.")
    encoded = text.encode()
    if len(encoded) > max_bytes:
        raise Closed(CloseCode.MESSAGE_TOO_BIG, f"Messages may have {max_bytes} bytes.")
    try:
        message = msgspec.convert(decode_json(encoded), ClientMessage)
    except ValueError:
        raise Closed(CloseCode.BAD_REQUEST, "Invalid message.") from None
    has_id = message.id is not None and message.id != ""
    if message.type in ("subscribe", "complete") and not has_id:
        raise Closed(CloseCode.BAD_REQUEST, f"A {message.type} message needs an id.")
    if message.type != "subscribe" and not isinstance(message.payload, dict | None):
        raise Closed(CloseCode.BAD_REQUEST, "The payload must be an object.")
    return message


def read_operation(payload: Any) -> GraphQLRequest:
    """The request in the payload of a subscribe message; raises Closed."""
    try:
        request = convert_request(payload)
    except BadRequest as error:
        raise Closed(CloseCode.BAD_REQUEST, error.message[:120]) from None
    if request.query is None and not names_document(request):
        raise Closed(CloseCode.BAD_REQUEST, "The payload of a subscribe message needs a query.")
    return request


def read_authorization(payload: dict[str, Any] | None) -> str | None:
    """The `Authorization` value of a connection_init payload, whatever its case, also below `headers`.

    A bare token is taken for a bearer token. Raises Closed when it is not a string.
    """
    for source in (payload, (payload or {}).get("headers")):
        for name, value in source.items() if isinstance(source, dict) else ():
            if name.lower() == "authorization":
                if not isinstance(value, str):
                    raise Closed(CloseCode.BAD_REQUEST, "The authorization must be a string.")
                return value if " " in value.strip() or not value.strip() else f"Bearer {value.strip()}"
    return None


def write_message(kind: str, payload: dict[str, Any] | None = None) -> str:
    """A message without id: `connection_ack`, `ping`, `pong`."""
    return encode_json({"type": kind} if payload is None else {"type": kind, "payload": payload}).decode()


def write_operation_message(kind: str, identity: str, payload: bytes | None = None) -> str:
    """A message about one operation, its payload given as JSON text: `next`, `error`, `complete`."""
    head = b'{"id":%b,"type":"%b"' % (encode_json(identity), kind.encode())
    return (head + (b"}" if payload is None else b',"payload":%b}' % payload)).decode()
