"""The SDL of running subgraphs, fetched by the query `{ _service { sdl } }` of the federation specification."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from entrepot.router.config import Introspection, SubgraphSource
from entrepot.router.execution.causes import describe_cause
from entrepot.router.execution.transports.http_client import HttpClient
from entrepot.shared.errors import InternalError

_BODY: Final = json.dumps({"query": "{ _service { sdl } }"}).encode()
_MAXIMUM_BYTES: Final = 32 * 1024 * 1024
_FIRST_STATUS_OF_FAILURE: Final = 300


class SubgraphSdlUnavailable(InternalError):
    """A running subgraph did not give its SDL; the message says which, where, and why."""

    code = "DOWNSTREAM_SERVICE_ERROR"


async def fetch_sdl(sources: Sequence[SubgraphSource], timeout: float) -> Mapping[str, str]:  # noqa: ASYNC109 - one for each, in parallel
    """The SDL of each source by its name, all requested at once, each for at most `timeout` seconds.

    Raises SubgraphSdlUnavailable with one line for each that did not give it.
    """
    client = HttpClient(connect_seconds=timeout, maximum_bytes=_MAXIMUM_BYTES)
    try:
        found = await asyncio.gather(*(_fetch(client, source, timeout) for source in sources), return_exceptions=True)
    finally:
        client.close()
    problems = [result for result in found if isinstance(result, BaseException)]
    for problem in problems:
        if not isinstance(problem, SubgraphSdlUnavailable):
            raise problem
    if problems:
        raise SubgraphSdlUnavailable("\n".join(str(problem) for problem in problems))
    return {source.name: str(sdl) for source, sdl in zip(sources, found, strict=True)}


async def _fetch(client: HttpClient, source: SubgraphSource, seconds: float) -> str:
    introspection = source.introspection
    assert introspection is not None
    try:
        async with asyncio.timeout(seconds):
            response = await client.post(introspection.url, introspection.headers, _BODY, is_repeatable=True)
    except TimeoutError as error:
        raise _refuse(source, introspection, f"gave no answer within {seconds:g} s") from error
    except (OSError, ValueError) as error:
        raise _refuse(source, introspection, f"cannot be reached: {describe_cause(error)}") from error
    content = _read_json(response.body)
    if not isinstance(content, dict) or not ("data" in content or "errors" in content):
        status = response.status
        said = f" (HTTP status {status})" if status >= _FIRST_STATUS_OF_FAILURE else ""
        raise _refuse(source, introspection, f"did not answer as GraphQL{said}; is the path of the URL right?")
    data = content.get("data")
    service = data.get("_service") if isinstance(data, dict) else None
    sdl = service.get("sdl") if isinstance(service, dict) else None
    if not isinstance(sdl, str):
        raise _refuse(source, introspection, f"does not offer `_service {{ sdl }}`{_quote_error(content)}")
    return sdl


def _read_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _quote_error(content: Mapping[str, Any]) -> str:
    errors = content.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    message = first.get("message") if isinstance(first, dict) else None
    said = f": {message}" if isinstance(message, str) else ""
    return f"{said}. Enable federation in it, or give its SDL by schema.file"


def _refuse(source: SubgraphSource, introspection: Introspection, what: str) -> SubgraphSdlUnavailable:
    return SubgraphSdlUnavailable(f"{source.place}: the subgraph {source.name} at {introspection.url} {what}.")
