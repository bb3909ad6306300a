"""HTTP to a GraphQL request: the body of a POST, the query string of a GET (GraphQL over HTTP section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from entrepot.router.config import LimitsConfig
from entrepot.router.errors import BadRequest, PayloadTooLarge, UnsupportedMedia
from entrepot.router.execution.json_text import decode_json
from entrepot.router.pipeline.graphql_request import GraphQLRequest
from entrepot.router.web.asgi import ClientDisconnected, Receive
from entrepot.router.web.http.negotiate import check_content_type

_TEXTS: Final = ("query", "operationName", "documentId", "doc_id")
_PARAMETERS: Final = (*_TEXTS, "variables", "extensions")
_MAX_PARAMETERS: Final = 32


async def decode_post(headers: Mapping[str, str], receive: Receive, limits: LimitsConfig) -> GraphQLRequest | list[Any]:
    """The request in the body, or the array that should be a batch of them.

    Raises UnsupportedMedia, PayloadTooLarge, BadRequest for a body that is not one request, and ClientDisconnected.
    """
    check_content_type(headers.get("content-type"))
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMedia("Send the body without compression.")
    return read_request(await read_body(headers, receive, limits.max_body_bytes))


def decode_get(query_string: bytes, limits: LimitsConfig) -> GraphQLRequest:
    """The request in the query string, `variables` and `extensions` as JSON; raises BadRequest, PayloadTooLarge."""
    if len(query_string) > limits.max_query_string_bytes:
        raise PayloadTooLarge(f"The query string is longer than {limits.max_query_string_bytes} bytes. Use POST.")
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_PARAMETERS
        )
    except ValueError as error:
        raise BadRequest("The query string cannot be read: it must be URL-encoded UTF-8.") from error
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in values:
            raise BadRequest(f"The parameter `{name}` is given twice.")
        if name in _PARAMETERS and value:
            values[name] = _read_parameter(name, value)
    return convert_request(values)


def read_request(body: bytes) -> GraphQLRequest | list[Any]:
    """The request that the JSON text describes, or an array as it is; raises BadRequest."""
    try:
        content = decode_json(body)
    except ValueError as error:
        raise BadRequest("The body is not valid JSON.") from error
    return content if content.__class__ is list else convert_request(content)


def convert_request(content: Any) -> GraphQLRequest:
    """The request that a decoded JSON value is; raises BadRequest with the name of the parameter at fault."""
    try:
        return msgspec.convert(content, GraphQLRequest)
    except msgspec.ValidationError as error:
        raise BadRequest(f"This is no GraphQL request: {error}.".replace("..", ".")) from error
    except UnicodeEncodeError as error:
        # The message of the library would quote the value, which may hold half a character.
        raise BadRequest("This is no GraphQL request: a text in it holds half a character.") from error


async def read_body(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes:
    """The whole body; raises PayloadTooLarge and ClientDisconnected."""
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body", False):
        if len(body) > limit:
            raise _too_large(limit)
        return body
    parts, size = [body], len(body)
    while message.get("more_body", False):
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise _too_large(limit)
    if message["type"] == "http.disconnect":
        raise ClientDisconnected
    return b"".join(parts)


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body is larger than the {limit} bytes that are accepted.")


def _read_parameter(name: str, value: str) -> Any:
    if name in _TEXTS:
        return value
    try:
        return decode_json(value.encode())
    except ValueError as error:
        raise BadRequest(f"The parameter `{name}` is not valid JSON.") from error
