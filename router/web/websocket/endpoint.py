"""The GraphQL endpoint for WebSocket: the server's side of `graphql-transport-ws`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import aclosing, suppress
from functools import partial
from typing import Any

from entrepot.router.config import RouterConfig
from entrepot.router.errors import ClientError, HeadersTooLarge, LimitExceeded, ResponseTooLarge, Unauthenticated
from entrepot.router.execution.json_text import encode_json
from entrepot.router.pipeline.authentication.caller import Caller
from entrepot.router.pipeline.context import Request, RequestContext
from entrepot.router.pipeline.graphql_request import GraphQLRequest
from entrepot.router.pipeline.handler import RequestHandler, is_deferred, is_subscription
from entrepot.router.web.asgi import (
    CLIENT_DISCONNECTED,
    ClientDisconnected,
    Receive,
    Scope,
    Send,
    measure_headers,
    read_headers,
)
from entrepot.router.web.http.address import AddressReader
from entrepot.router.web.http.encode import describe_errors, encode_event, encode_result
from entrepot.router.web.streaming.active_streams import ActiveStreams
from entrepot.router.web.streaming.incremental import IncrementalV02Encoder, encode_payloads
from entrepot.router.web.streaming.interruption import Interruption
from entrepot.router.web.streaming.token_revalidation import TokenRevalidation
from entrepot.router.web.websocket.protocol import (
    SUBPROTOCOL,
    ClientMessage,
    CloseCode,
    Closed,
    read_authorization,
    read_message,
    read_operation,
    write_message,
    write_operation_message,
)
from entrepot.shared.clock import Clock
from entrepot.shared.telemetry import TRACEPARENT_HEADER, TRACESTATE_HEADER, get_logger

_log = get_logger(__name__)
_TRACE_HEADERS = (TRACEPARENT_HEADER, TRACESTATE_HEADER)
# A close frame carries at most 123 bytes of reason (RFC 6455 section 5.5).
_MAX_REASON = 120
# What servers raise when the client has disconnected.
_DISCONNECTED = (OSError, RuntimeError)


class WebSocketEndpoint:
    """Accepts connections of the one subprotocol; each is served by a `Connection` of its own."""

    def __init__(
        self,
        handler: RequestHandler,
        config: RouterConfig,
        clock: Clock,
        addresses: AddressReader,
        active_streams: ActiveStreams,
    ) -> None:
        self._handler = handler
        self._config = config
        self._clock = clock
        self._addresses = addresses
        self._open = active_streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        headers = read_headers(scope)
        address = self._addresses.read(scope, headers)
        if measure_headers(scope) > self._config.limits.max_header_bytes:
            self._handler.guards.security.note(HeadersTooLarge("The handshake is too large."), address)
            await send({"type": "websocket.close", "code": CloseCode.MESSAGE_TOO_BIG, "reason": ""})
            return
        is_known = SUBPROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if is_known else None})
        if not is_known:
            code = CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE
            await send({"type": "websocket.close", "code": code, "reason": f"Speak {SUBPROTOCOL}."})
            return
        connection = Connection(self._handler, self._config, self._clock, headers, address, self._open, send)
        await connection.serve(receive)


class Connection:
    """One WebSocket connection: its handshake, and its operations in flight by id."""

    def __init__(
        self,
        handler: RequestHandler,
        config: RouterConfig,
        clock: Clock,
        headers: dict[str, str],
        address: str,
        active_streams: ActiveStreams,
        send: Send,
    ) -> None:
        self._handler = handler
        self._config = config
        self._clock = clock
        self._headers = headers
        self._address = address
        self._send = send
        self._open = active_streams
        self._is_initialised = False
        self._caller: Caller | None = None
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._subscriptions: set[str] = set()
        self._token: TokenRevalidation | None = None
        self._interruption: Interruption[Closed | ClientDisconnected] = Interruption()
        self._ending: Closed | None = None

    async def serve(self, receive: Receive) -> None:
        """Serve until either side closes the connection, which ends its operations."""
        init = self._open.schedule.call_later(self._config.streams.connection_init_timeout, self._miss_init)
        self._open.add(self)
        verdict: Closed | ClientDisconnected | None
        try:
            if self._interruption.verdict is None:
                with self._interruption:
                    await self._read(receive)
            verdict = self._interruption.verdict
        except Closed as error:
            verdict = error
        except Exception as error:  # noqa: BLE001 - an internal error ends this connection, not the server
            _log.error("websocket.failed", exc_info=error)
            verdict = Closed(CloseCode.INTERNAL_ERROR, "Internal server error.")
        finally:
            self._open.remove(self)
            init.cancel()
            if self._token is not None:
                self._token.cancel()
            await _cancel(self._operations.values())
        if isinstance(verdict, Closed):
            reason = verdict.reason.encode()[:_MAX_REASON].decode(errors="ignore")
            with suppress(*_DISCONNECTED):
                await self._send({"type": "websocket.close", "code": int(verdict.code), "reason": reason})

    def end(self, verdict: Closed) -> None:
        """Close the connection once only subscriptions are in flight on it; no new operation is started."""
        self._ending = verdict
        if self._operations.keys() <= self._subscriptions:
            self._interruption.interrupt(verdict)

    async def _read(self, receive: Receive) -> None:
        while True:
            event = await receive()
            if event["type"] == "websocket.disconnect":
                return
            message = read_message(event.get("text"), self._config.limits.max_websocket_message_bytes)
            await self._accept(message)

    async def _accept(self, message: ClientMessage) -> None:
        if message.type == "connection_init":
            await self._initialise(message.payload)
        elif message.type == "ping":
            await self._write(write_message("pong", message.payload))
        elif message.type == "subscribe":
            await self._subscribe(message)
        elif message.type == "complete" and message.id is not None:
            task = self._operations.pop(message.id, None)
            self._subscriptions.discard(message.id)
            if task is not None:
                task.cancel()

    def _miss_init(self) -> None:
        if not self._is_initialised:
            timeout = Closed(CloseCode.INITIALISATION_TIMEOUT, "Connection initialisation timeout")
            self._interruption.interrupt(timeout)

    async def _initialise(self, payload: dict[str, Any] | None) -> None:
        if self._is_initialised:
            raise Closed(CloseCode.TOO_MANY_INITIALISATIONS, "Too many initialisation requests")
        self._is_initialised = True
        try:
            self._caller = await self._handler.authenticator.identify(self._headers, read_authorization(payload))
        except Unauthenticated as error:
            self._handler.guards.security.note(error, self._address)
            raise Closed(CloseCode.FORBIDDEN, f"Forbidden: {error.message}") from None
        self._token = TokenRevalidation(
            self._handler.authenticator,
            self._caller,
            self._clock,
            self._open.schedule,
            self._config.streams.token_revalidation_interval,
            self._refuse,
        )
        await self._write(write_message("connection_ack"))

    def _refuse(self, refusal: Unauthenticated) -> None:
        self._interruption.interrupt(Closed(CloseCode.FORBIDDEN, f"Forbidden: {refusal.message}"))

    async def _subscribe(self, message: ClientMessage) -> None:
        if self._caller is None:
            raise Closed(CloseCode.UNAUTHORIZED, "Unauthorized")
        assert message.id is not None
        if self._ending is not None:
            # The client sends it again over its next connection.
            return
        if message.id in self._operations:
            raise Closed(CloseCode.SUBSCRIBER_ALREADY_EXISTS, f"Subscriber for {message.id} already exists")
        request = read_operation(message.payload)
        allowed = self._config.limits.max_websocket_operations
        if len(self._operations) >= allowed:
            error = LimitExceeded(f"At most {allowed} operations at a time are accepted on one connection.")
            self._handler.guards.security.note(
                error, self._address, self._caller.principal.user_id, request.operation_name
            )
            await self._write(write_operation_message("error", message.id, encode_json(error.to_errors())))
            return
        task = asyncio.create_task(self._run(message.id, request, self._caller))
        self._operations[message.id] = task

    async def _run(self, identity: str, graphql: GraphQLRequest, caller: Caller) -> None:
        # Operations share the trace of the handshake; each has a request id of its own.
        ids = {name: self._headers[name] for name in _TRACE_HEADERS if name in self._headers}
        observer = self._handler.observe(ids)
        request = Request(
            graphql=graphql,
            snapshot=self._handler.snapshot,
            caller=caller,
            trace=observer.trace,
            headers=self._headers,
            may_defer=True,
            address=self._address,
            observer=observer,
        )
        ending = write_operation_message("complete", identity)
        with observer:
            try:
                with self._handler.guards.client_concurrency.hold(caller, self._address):
                    context = await self._handler.prepare(request)
                    await self._write_results(identity, context)
            except Exception as error:  # noqa: BLE001 - the one place where an operation's failure becomes a message
                observer.record_failure(error)
                ending = write_operation_message("error", identity, encode_json(_describe(error)))
        # Freed before the message: the client may reuse the id at once.
        if self._operations.get(identity) is asyncio.current_task():
            del self._operations[identity]
            self._subscriptions.discard(identity)
        await self._write(ending)
        if self._ending is not None:
            self.end(self._ending)

    async def _write_results(self, identity: str, context: RequestContext) -> None:
        maximum = self._config.limits.max_response_bytes
        note = partial(self._handler.guards.security.note_refusal, context=context)
        if not is_subscription(context):
            try:
                if is_deferred(context):
                    payloads = encode_payloads(self._handler.deliver(context), IncrementalV02Encoder(), maximum)
                    async with aclosing(payloads) as bodies:
                        async for body in bodies:
                            await self._write(write_operation_message("next", identity, body))
                else:
                    body = encode_result(await self._handler.execute(context), maximum)
                    await self._write(write_operation_message("next", identity, body))
            except ResponseTooLarge as error:
                note(error)
                raise
            return
        self._subscriptions.add(identity)
        if self._ending is not None:
            self.end(self._ending)
        async with aclosing(self._handler.subscribe(context)) as results:
            async for result in results:
                await self._write(write_operation_message("next", identity, encode_event(result, maximum, note)))

    async def _write(self, text: str) -> None:
        try:
            await self._send({"type": "websocket.send", "text": text})
        except _DISCONNECTED:
            # The client has disconnected.
            self._interruption.interrupt(CLIENT_DISCONNECTED)


def _describe(error: Exception) -> list[dict[str, Any]]:
    return error.to_errors() if isinstance(error, ClientError) else describe_errors(error)


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    tasks = tuple(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
