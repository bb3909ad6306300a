"""The ASGI app of a subgraph: GraphQL over HTTP, server-sent events and WebSocket, and its health."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import orjson
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL

from entrepot.shared.errors import PublicError
from entrepot.shared.events import FanOut, UnitOfWorkFactory
from entrepot.shared.graphql.context import Context
from entrepot.shared.graphql.errors import to_response
from entrepot.shared.graphql.identity import IdentityPolicy
from entrepot.shared.graphql.schema import SubgraphSchema
from entrepot.shared.graphql.streams import EventStream
from entrepot.shared.telemetry import Tracer

Check = Callable[[], Awaitable[bool]]


class SubgraphView(GraphQL[Context[Any], None]):
    """Strawberry's view with our identity, our context and our errors; SubgraphEndpoint stands in front of it."""

    schema: SubgraphSchema
    stream_transport_classes_by_protocol = {GRAPHQL_SSE_PROTOCOL: EventStream}  # noqa: RUF012 - as Strawberry has it

    def __init__(
        self, schema: SubgraphSchema, identity: IdentityPolicy, transactions: UnitOfWorkFactory[Any], fan_out: FanOut
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=(GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL),
        )
        self._identity = identity
        self._transactions = transactions
        self._fan_out = fan_out

    @property
    def tracer(self) -> Tracer:
        return self._transactions.tracer

    def parse_json(self, data: str | bytes) -> object:
        """As Strawberry's; raises PublicError for everything that is no JSON object."""
        try:
            content = self.decode_json(data)
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            raise PublicError("Send a JSON object of valid Unicode with the member `query` (GraphQL over HTTP).")
        return content

    def decode_json(self, data: str | bytes) -> object:
        """Refuses lone surrogates with everything else that is no JSON text: no database could keep them."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        return orjson.dumps(data).decode()

    async def get_context(self, request: HTTPConnection, response: Any) -> Context[Any]:
        principal = await self._identity.identify(request)
        address = self._identity.read_address(request)
        return Context(principal, self._transactions, self._fan_out, address=address)

    async def process_result(self, request: Any, result: Any) -> GraphQLHTTPResponse:
        return cast("GraphQLHTTPResponse", to_response(result))


def build_app(view: ASGIApp, checks: Sequence[Check], routes: Sequence[BaseRoute] = ()) -> ASGIApp:
    """The whole app: `/graphql`, `/health/live`, `/health/ready`, and what the subgraph adds."""

    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(_request: Request) -> Response:
        is_ready = all([await check() for check in checks])
        return JSONResponse({"status": "ready" if is_ready else "not ready"}, 200 if is_ready else 503)

    return Starlette(
        routes=[
            Route("/health/live", live),
            Route("/health/ready", ready),
            *routes,
            Route("/graphql", view),
            WebSocketRoute("/graphql", view),
        ]
    )
