"""What accounts publishes, read from its app in the same process."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import orjson
from starlette.types import ASGIApp

from entrepot.router.pipeline.authentication.jwks import RemoteKeys
from entrepot.shared.auth import Denylist, TokenRules, TokenVerifier
from entrepot.shared.clock import Clock
from entrepot.shared.process import SubgraphProcess

_JWKS_PATH: Final = "/.well-known/jwks.json"
_JWKS_LIFETIME: Final = 60.0
_JWKS_COOLDOWN: Final = 5.0


def build_verifier(issuer: SubgraphProcess, clock: Clock, denylist: Denylist) -> TokenVerifier:
    """A verifier of the access tokens that accounts, `issuer`, signs in this process."""
    app = issuer.build_app()

    async def fetch() -> Mapping[str, Any]:
        key_set: Mapping[str, Any] = await fetch_json(app, _JWKS_PATH)
        return key_set

    keys = RemoteKeys(fetch, clock, cooldown=_JWKS_COOLDOWN, lifetime=_JWKS_LIFETIME)
    settings = issuer.settings
    return TokenVerifier(TokenRules(settings.issuer, settings.audience), keys, clock, denylist)


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
