"""Reading a resource of an app in the same process."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import orjson
from starlette.types import ASGIApp


async def fetch_json(app: ASGIApp, path: str) -> Any:
    """The JSON that the app answers to a GET of the path; raises ValueError for any other answer."""
    status = 0
    body = bytearray()

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)
        body.extend(message.get("body", b""))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [],
    }
    await app(scope, receive, send)
    if status != 200:  # noqa: PLR2004 - HTTP's own number
        raise ValueError(f"{path} answered {status}.")
    return orjson.loads(bytes(body))
