"""The GraphQL endpoint for HTTP: one request, one answer or one stream of events (GraphQL over HTTP)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from router.config import RouterConfig
from router.errors import MethodNotAllowed, NotAcceptable, RouterError
from router.pipeline.context import ALL_KINDS, PlanMode, RequestContext
from router.pipeline.handle import RequestHandler, is_subscription
from router.pipeline.request import GraphQLRequest
from router.plan import OperationKind
from router.web.asgi import DisconnectGuard, RawHeaders, Receive, Scope, Send, read_headers, send_response
from router.web.decode import ClientGone, decode_get, decode_post
from router.web.encode import CONTENT_TYPES, encode_errors, status_of
from router.web.explorer import Explorer
from router.web.negotiate import JSON, Accepted, negotiate
from router.web.security import check_csrf
from router.web.streams import Streams
from shared.telemetry import Trace, bind_trace

QUERY_PLAN_HEADER: Final = "entrepot-query-plan"
_ALLOWED: Final = "GET, POST"
_PLAN_MODES: Final[Mapping[str, PlanMode]] = {"include": "include", "only": "only"}
_KINDS: Final[Mapping[tuple[bool, bool], frozenset[OperationKind]]] = {
    # (is the method safe, can a stream be answered): what may be run
    (False, False): frozenset({"query", "mutation"}),
    (False, True): ALL_KINDS,
    (True, False): frozenset({"query"}),
    (True, True): frozenset({"query", "subscription"}),
}


class GraphQLEndpoint:
    """Answers GET and POST; every error becomes a GraphQL response with the status that fits."""

    def __init__(self, handler: RequestHandler, streams: Streams, explorer: Explorer | None) -> None:
        self._handler = handler
        self._streams = streams
        self._explorer = explorer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = read_headers(scope)
        accepted = negotiate(headers.get("accept"))
        if self._explorer is not None and accepted.prefers_html and scope["method"] == "GET":
            await self._explorer.send_page(send)
            return
        trace = self._handler.begin_trace(headers)
        with bind_trace(trace):
            try:
                await self._answer(scope, receive, send, headers, accepted, trace)
            except ClientGone:
                return
            except Exception as error:  # noqa: BLE001 - the one place where whatever went wrong becomes an answer
                media_type = accepted.json or JSON
                body = encode_errors(error)
                await _send(send, status_of(error, media_type), body, media_type, _error_headers(error, trace))

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, headers: Mapping[str, str], accepted: Accepted, trace: Trace
    ) -> None:
        snapshot = self._handler.snapshot
        request = await _decode(scope, receive, headers, accepted, snapshot.config)
        is_safe = scope["method"] == "GET"
        context = RequestContext(
            request=request,
            snapshot=snapshot,
            caller=await self._handler.authenticator.authenticate(headers.get("authorization")),
            trace=trace,
            headers=headers,
            kinds=_KINDS[is_safe, accepted.stream is not None],
            plan_mode=_PLAN_MODES.get(headers.get(QUERY_PLAN_HEADER, ""), "none"),
        )
        if context.plan_mode == "only":
            context.kinds = ALL_KINDS
        stream = accepted.stream
        if stream is not None and accepted.json is None:
            await self._streams.answer(context, stream, receive, send)
            return
        self._handler.prepare(context)
        if stream is not None and is_subscription(context):
            await self._streams.answer_prepared(context, stream, receive, send)
            return
        guard = DisconnectGuard(receive)
        with guard:
            result = await self._handler.execute(context)
        if not guard.has_left:
            await _send(send, 200, result.encode(), accepted.json or JSON, _answer_headers(trace))


async def _decode(
    scope: Scope, receive: Receive, headers: Mapping[str, str], accepted: Accepted, config: RouterConfig
) -> GraphQLRequest:
    method = scope["method"]
    if method not in ("GET", "POST"):
        raise MethodNotAllowed("Send GraphQL requests by POST, or queries by GET.", extensions={"allow": _ALLOWED})
    if accepted.json is None and accepted.stream is None:
        raise NotAcceptable(
            "Accept `application/graphql-response+json`, `application/json` or, for streams, `text/event-stream`."
        )
    if method == "GET":
        check_csrf(headers, config.csrf)
        return decode_get(scope["query_string"], config.limits)
    return await decode_post(headers, receive, config.limits)


async def _send(send: Send, status: int, body: bytes, media_type: str, headers: RawHeaders) -> None:
    await send_response(send, status, body, CONTENT_TYPES[media_type], headers)


def _answer_headers(trace: Trace) -> RawHeaders:
    return [
        (b"x-request-id", trace.request_id.encode("latin-1")),
        (b"vary", b"accept"),
        (b"cache-control", b"no-store"),
    ]


def _error_headers(error: Exception, trace: Trace) -> RawHeaders:
    headers = _answer_headers(trace)
    if isinstance(error, MethodNotAllowed):
        headers.append((b"allow", str(error.extensions.get("allow", _ALLOWED)).encode("latin-1")))
    if isinstance(error, RouterError) and error.code == "UNAUTHENTICATED":
        headers.append((b"www-authenticate", b'Bearer error="invalid_token"'))
    return headers
