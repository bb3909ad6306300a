"""The GraphQL endpoint for HTTP: one request, one response or one stream (GraphQL over HTTP)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import aclosing
from typing import Any, Final

from entrepot.router.config import RouterConfig
from entrepot.router.errors import (
    ClientError,
    HeadersTooLarge,
    MethodNotAllowed,
    NotAcceptable,
    RateLimited,
    RouterError,
)
from entrepot.router.execution import ExecutionResult
from entrepot.router.pipeline.context import ALL_KINDS, PlanMode, Request, RequestContext, RequestObserver
from entrepot.router.pipeline.graphql_request import GraphQLRequest
from entrepot.router.pipeline.handler import RequestHandler, is_deferred, is_subscription
from entrepot.router.pipeline.limits.rate_limits import describe_quotas
from entrepot.router.plan import OperationKind
from entrepot.router.web.asgi import (
    ClientDisconnected,
    DisconnectGuard,
    RawHeaders,
    Receive,
    Scope,
    Send,
    measure_headers,
    read_headers,
    send_response,
)
from entrepot.router.web.http.address import AddressReader
from entrepot.router.web.http.batch import BuildRequest, answer_batch, check_batch
from entrepot.router.web.http.decode import decode_get, decode_post
from entrepot.router.web.http.encode import CONTENT_TYPES, encode_errors, encode_result, status_of
from entrepot.router.web.http.negotiate import JSON, Accepted, negotiate
from entrepot.router.web.http.security import check_csrf
from entrepot.router.web.pages.explorer import Explorer
from entrepot.router.web.streaming.incremental import IncrementalFormat
from entrepot.router.web.streaming.streams import Streams
from entrepot.shared.telemetry import Trace

QUERY_PLAN_HEADER: Final = "entrepot-query-plan"
_ALLOWED: Final = "GET, POST"
_OK: Final = 200
_NO_STORE: Final = ((b"cache-control", b"no-store"),)
_PLAN_MODES: Final[Mapping[str, PlanMode]] = {"include": "include", "only": "only"}
_SAFE: Final[frozenset[OperationKind]] = frozenset({"query"})
_SAFE_OR_STREAM: Final[frozenset[OperationKind]] = frozenset({"query", "subscription"})
_NO_STREAM: Final[frozenset[OperationKind]] = frozenset({"query", "mutation"})


class GraphQLEndpoint:
    """Answers GET and POST; every error becomes a GraphQL response with the status that fits."""

    def __init__(
        self, handler: RequestHandler, streams: Streams, explorer: Explorer | None, addresses: AddressReader
    ) -> None:
        self._handler = handler
        self._addresses = addresses
        self._streams = streams
        self._explorer = explorer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = read_headers(scope)
        accept = headers.get("accept")
        if accept is not None and len(accept) > self._handler.snapshot.config.limits.max_header_bytes:
            # Refused below, and not read before.
            accept = None
        accepted = negotiate(accept)
        if self._explorer is not None and accepted.prefers_html and scope["method"] == "GET":
            await self._explorer.send_page(send)
            return
        with self._handler.observe(headers) as observer:
            try:
                await self._answer(scope, receive, send, headers, accepted, observer)
            except ClientDisconnected:
                return
            except Exception as error:  # noqa: BLE001 - the one place where whatever went wrong becomes an answer
                observer.record_failure(error)
                media_type = accepted.json or JSON
                body = encode_errors(error)
                raw = _error_headers(error, observer.trace)
                await _send(send, observer, body, media_type, raw, status_of(error, media_type))

    async def _answer(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        headers: Mapping[str, str],
        accepted: Accepted,
        observer: RequestObserver,
    ) -> None:
        snapshot = self._handler.snapshot
        address = self._addresses.read(scope, headers)
        try:
            request = await _decode(scope, receive, headers, accepted, snapshot.config)
            caller = await self._handler.authenticator.identify(headers)
            if isinstance(request, list):
                check_batch(request, snapshot.config.batching)
        except ClientError as error:
            self._handler.guards.security.note(error, address)
            raise
        is_batch = isinstance(request, list)
        plan_mode = _PLAN_MODES.get(headers.get(QUERY_PLAN_HEADER, ""), "none")
        kinds = _choose_kinds(
            plan_mode, is_safe=scope["method"] == "GET", can_stream=accepted.stream is not None and not is_batch
        )

        def build_request(graphql: GraphQLRequest) -> Request:
            return Request(
                graphql=graphql,
                snapshot=snapshot,
                caller=caller,
                trace=observer.trace,
                headers=headers,
                kinds=kinds,
                plan_mode=plan_mode,
                may_defer=accepted.parts is not None and not is_batch,
                address=address,
                observer=observer,
            )

        with self._handler.guards.client_concurrency.hold(caller, address):
            if isinstance(request, list):
                await self._answer_batch(request, build_request, observer, receive, send, accepted)
            else:
                await self._answer_one(build_request(request), accepted, receive, send)

    async def _answer_one(self, request: Request, accepted: Accepted, receive: Receive, send: Send) -> None:
        stream = accepted.stream
        if stream is not None and accepted.json is None:
            await self._streams.answer(request, stream, receive, send)
            return
        context = await self._handler.prepare(request)
        if stream is not None and is_subscription(context):
            await self._streams.answer_prepared(context, stream, receive, send)
            return
        if is_deferred(context) and accepted.parts is not None:
            await self._answer_parts(context, accepted, accepted.parts, receive, send)
            return
        guard = DisconnectGuard(receive)
        with guard:
            result = await self._handler.execute(context)
        if not guard.is_disconnected:
            raw = _answer_headers(request.trace, result.cache_headers or _NO_STORE)
            raw += result.headers
            if context.quotas:
                raw += describe_quotas(context.quotas)
            await _send(send, request.observer, self._encode(result, context), accepted.json or JSON, raw)

    def _encode(self, result: ExecutionResult, context: RequestContext) -> bytes:
        try:
            return encode_result(result, context.request.snapshot.config.limits.max_response_bytes)
        except ClientError as error:
            self._handler.guards.security.note_refusal(error, context)
            raise

    async def _answer_parts(
        self, context: RequestContext, accepted: Accepted, form: IncrementalFormat, receive: Receive, send: Send
    ) -> None:
        payloads = self._handler.deliver(context)
        guard = DisconnectGuard(receive)
        async with aclosing(payloads):
            with guard:
                first = await anext(payloads)
            if guard.is_disconnected:
                return
            if first.has_next:
                await self._streams.answer_parts(context, form, first, payloads, receive, send)
                return
        result = first.result
        assert result is not None
        raw = [*_answer_headers(context.request.trace), *result.headers, *describe_quotas(context.quotas)]
        await _send(send, context.request.observer, self._encode(result, context), accepted.json or JSON, raw)

    async def _answer_batch(
        self,
        entries: list[Any],
        build_request: BuildRequest,
        observer: RequestObserver,
        receive: Receive,
        send: Send,
        accepted: Accepted,
    ) -> None:
        config = self._handler.snapshot.config
        if accepted.json is None:
            raise NotAcceptable("A batch is answered with JSON. Accept `application/json`, or send one request.")
        guard = DisconnectGuard(receive)
        with guard:
            body, propagated = await answer_batch(
                self._handler, entries, build_request, config, config.timeouts.request
            )
        if not guard.is_disconnected:
            raw = [*_answer_headers(observer.trace), *propagated]
            await _send(send, observer, body, accepted.json, raw)


def _choose_kinds(plan_mode: PlanMode, *, is_safe: bool, can_stream: bool) -> frozenset[OperationKind]:
    """The operations that may be executed; those that are only planned may be of any kind."""
    if plan_mode == "only":
        return ALL_KINDS
    if is_safe:
        return _SAFE_OR_STREAM if can_stream else _SAFE
    return ALL_KINDS if can_stream else _NO_STREAM


async def _decode(
    scope: Scope, receive: Receive, headers: Mapping[str, str], accepted: Accepted, config: RouterConfig
) -> GraphQLRequest | list[Any]:
    method, allowed = scope["method"], config.limits.max_header_bytes
    if measure_headers(scope) > allowed:
        raise HeadersTooLarge(f"The header fields have more than the {allowed} bytes that are accepted.")
    if method not in ("GET", "POST"):
        raise MethodNotAllowed("Send GraphQL requests by POST, or queries by GET.", extensions={"allow": _ALLOWED})
    if accepted.json is None and accepted.stream is None:
        raise NotAcceptable(
            "Accept `application/graphql-response+json` or `application/json`; for subscriptions and `@defer` also "
            "`text/event-stream`, or `multipart/mixed` with one of the parameters `subscriptionSpec=1.0` "
            "(subscriptions), `incrementalSpec=v0.2` or `deferSpec=20220824` (`@defer`)."
        )
    if method == "GET":
        check_csrf(headers, config.csrf)
        return decode_get(scope["query_string"], config.limits)
    return await decode_post(headers, receive, config.limits)


async def _send(
    send: Send, observer: RequestObserver, body: bytes, media_type: str, headers: RawHeaders, status: int = _OK
) -> None:
    await send_response(send, status, body, CONTENT_TYPES[media_type], headers)
    observer.record_response(status, len(body))


def _answer_headers(trace: Trace, caching: Iterable[tuple[bytes, bytes]] = _NO_STORE) -> RawHeaders:
    return [
        (b"x-request-id", trace.request_id.encode("latin-1")),
        (b"vary", b"accept"),
        *caching,
    ]


def _error_headers(error: Exception, trace: Trace) -> RawHeaders:
    headers = _answer_headers(trace)
    if isinstance(error, MethodNotAllowed):
        headers.append((b"allow", str(error.extensions.get("allow", _ALLOWED)).encode("latin-1")))
    if isinstance(error, RouterError) and error.code == "UNAUTHENTICATED":
        headers.append((b"www-authenticate", b'Bearer error="invalid_token"'))
    if isinstance(error, RateLimited):
        headers += error.headers
    return headers
