"""The route by which others get the public keys."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from entrepot.subgraphs.accounts.ports import AccountsDependencies


def build_routes(dependencies: AccountsDependencies) -> Sequence[BaseRoute]:
    """`/.well-known/jwks.json`: the JSON Web Key Set (RFC 7517), to be cached for a while."""

    async def answer_key_set(_request: Request) -> Response:
        return JSONResponse(
            dependencies.keys.public_key_set(),
            media_type="application/jwk-set+json",
            headers={"cache-control": f"public, max-age={dependencies.settings.key_set_max_age}"},
        )

    return [Route("/.well-known/jwks.json", answer_key_set)]
