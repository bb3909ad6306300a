"""The interface of transports, and the parsing of subgraph responses."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from entrepot.router.errors import SubgraphUnavailable
from entrepot.router.execution.json_text import decode_json
from entrepot.router.media_types import name_media_type

JSON_MEDIA_TYPES = ("application/json", "application/graphql-response+json")
ACCEPT = "application/graphql-response+json, application/json;q=0.9"
FIRST_STATUS_OF_FAILURE = 300


@dataclass(frozen=True, slots=True)
class EntityList:
    """One `_entities` field of a request: its response key, the beginning of its variable, its representations."""

    alias: str
    head: bytes
    texts: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class SubgraphRequest:
    """One GraphQL request to a subgraph; `body` is the JSON text, `headers` are by lower-case name.

    What `is_mutation` must never be sent twice, nor shared with another caller. `identity` is on whose behalf it is
    sent, where a header says it in a form that differs from request to request, as a signed token does;
    `renew_headers` returns fresh ones, for a stream that is reopened. `entities` tells the representations with which
    the body ends, where the transport wants to know them.
    """

    subgraph: str
    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    is_mutation: bool = False
    identity: Hashable = None
    renew_headers: Callable[[], Mapping[str, str]] | None = None
    entities: tuple[EntityList, ...] = ()


@dataclass(frozen=True, slots=True)
class SubgraphResponse:
    """What came back: the HTTP status, the headers by lower-case name, the whole body.

    A header that is repeated is joined with commas, which `Set-Cookie` does not bear: `cookies` has each of them.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()


class SubgraphTransport(Protocol):
    """The way to subgraphs. Every failure to get an answer is a SubgraphUnavailable that shows nothing internal."""

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Ask, and wait for the whole answer; cancelling the caller ends the work for it."""
        ...

    def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        """The events of a subscription, each the JSON text of a GraphQL response; closing the generator ends it."""
        ...


def describe_failure(
    subgraph: str,
    what: str,
    *,
    kind: type[SubgraphUnavailable] = SubgraphUnavailable,
    is_transient: bool = True,
    **extensions: Any,
) -> SubgraphUnavailable:
    """The error that says that `subgraph` `what`, such as `did not answer in time`.

    One that is not `is_transient` would come again if the same were asked again.
    """
    failure = kind(f'Subgraph "{subgraph}" {what}.', extensions={"service": subgraph, **extensions})
    failure.is_transient = is_transient and kind.is_transient
    return failure


def read_response(
    subgraph: str, response: SubgraphResponse, maximum_bytes: int
) -> tuple[dict[str, Any] | None, list[Any]]:
    """The data and the errors of a GraphQL response, whatever its status (GraphQL over HTTP, section 6).

    Raises SubgraphUnavailable, without anything of the body, when the answer is no GraphQL response.
    """
    media_type = name_media_type(response.headers.get("content-type", "application/json"))
    if media_type not in JSON_MEDIA_TYPES:
        raise _not_graphql(subgraph, response)
    if len(response.body) > maximum_bytes:
        raise describe_failure(subgraph, f"answered with more than {maximum_bytes} bytes", is_transient=False)
    try:
        return read_payload(subgraph, response.body)
    except SubgraphUnavailable as cause:
        raise _not_graphql(subgraph, response) from cause


def read_payload(subgraph: str, body: bytes) -> tuple[dict[str, Any] | None, list[Any]]:
    """The data and the errors of the JSON text of a GraphQL response (GraphQL specification, section 7.1)."""
    try:
        content = decode_json(body)
    except ValueError as cause:
        raise describe_failure(subgraph, "did not answer with a GraphQL response") from cause
    if content.__class__ is not dict:
        raise describe_failure(subgraph, "did not answer with a GraphQL response")
    data = content.get("data")
    errors = content.get("errors")
    if (data is not None and data.__class__ is not dict) or (errors is not None and errors.__class__ is not list):
        raise describe_failure(subgraph, "did not answer with a GraphQL response")
    if data is None and not errors:
        raise describe_failure(subgraph, "answered with neither data nor errors")
    return data, errors or []


def _not_graphql(subgraph: str, response: SubgraphResponse) -> SubgraphUnavailable:
    if response.status >= FIRST_STATUS_OF_FAILURE:
        return describe_failure(subgraph, f"answered with HTTP status {response.status}", status=response.status)
    return describe_failure(subgraph, "did not answer with a GraphQL response")
