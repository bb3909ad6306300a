"""The GraphQL endpoint for WebSocket: the server's side of `graphql-transport-ws`."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any

from router.config import RouterConfig
from router.errors import ClientError, LimitExceeded, Unauthenticated
from router.execution.json_text import encode_json
from router.pipeline.context import Caller, RequestContext
from router.pipeline.handle import RequestHandler, is_subscription
from router.pipeline.request import GraphQLRequest
from router.web.asgi import Receive, Scope, Send, read_headers
from router.web.encode import describe_errors
from router.web.protocol import (
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
from router.web.tokens import wait_forever, wait_until_refused
from shared.clock import Clock
from shared.telemetry import TRACEPARENT_HEADER, bind_trace, get_logger

_log = get_logger(__name__)
# A close frame carries at most 123 bytes of reason (RFC 6455 section 5.5).
_MAX_REASON = 120


class SocketEndpoint:
    """Accepts connections of the one subprotocol; each is served by a `Connection` of its own."""

    def __init__(self, handler: RequestHandler, config: RouterConfig, clock: Clock) -> None:
        self._handler = handler
        self._config = config
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        is_known = SUBPROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if is_known else None})
        if not is_known:
            code = CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE
            await send({"type": "websocket.close", "code": code, "reason": f"Speak {SUBPROTOCOL}."})
            return
        connection = Connection(self._handler, self._config, self._clock, read_headers(scope), send)
        await connection.serve(receive)


class Connection:
    """One socket: its handshake, and the operations under way on it by their ids."""

    def __init__(
        self, handler: RequestHandler, config: RouterConfig, clock: Clock, headers: dict[str, str], send: Send
    ) -> None:
        self._handler = handler
        self._config = config
        self._clock = clock
        self._headers = headers
        self._send = send
        self._is_initialised = False
        self._caller: Caller | None = None
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._watches: set[asyncio.Task[None]] = set()
        self._verdict: asyncio.Future[Closed | None] = asyncio.get_running_loop().create_future()

    async def serve(self, receive: Receive) -> None:
        """Serve until either side ends it; all that is under way ends with it."""
        self._watch(self._read(receive))
        self._watch(self._expect_init())
        try:
            closed = await self._verdict
        finally:
            tasks = [*self._watches, *self._operations.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if closed is not None:
            reason = closed.reason.encode()[:_MAX_REASON].decode(errors="ignore")
            await self._send({"type": "websocket.close", "code": int(closed.code), "reason": reason})

    def _watch(self, work: Coroutine[Any, Any, Closed | None]) -> None:
        """Do the work beside everything else; the first that ends with a verdict ends the connection."""

        async def run() -> None:
            try:
                closed = await work
            except Closed as error:
                closed = error
            except Exception as error:  # noqa: BLE001 - a fault of ours ends this connection, not the server
                _log.error("socket.failed", exc_info=error)
                closed = Closed(CloseCode.INTERNAL_ERROR, "Internal server error.")
            if not self._verdict.done():
                self._verdict.set_result(closed)

        self._watches.add(asyncio.create_task(run()))

    async def _read(self, receive: Receive) -> Closed | None:
        while True:
            event = await receive()
            if event["type"] == "websocket.disconnect":
                return None
            message = read_message(event.get("text"), self._config.limits.socket_message_bytes)
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
            if task is not None:
                task.cancel()

    async def _expect_init(self) -> Closed | None:
        await self._clock.sleep(self._config.streams.connection_init)
        if not self._is_initialised:
            raise Closed(CloseCode.INITIALISATION_TIMEOUT, "Connection initialisation timeout")
        # Nothing to say any more, and an end would end the connection.
        await wait_forever()
        return None

    async def _initialise(self, payload: dict[str, Any] | None) -> None:
        if self._is_initialised:
            raise Closed(CloseCode.TOO_MANY_INITIALISATIONS, "Too many initialisation requests")
        self._is_initialised = True
        authorization = read_authorization(payload) or self._headers.get("authorization")
        try:
            self._caller = await self._handler.authenticator.authenticate(authorization)
        except Unauthenticated as error:
            raise Closed(CloseCode.FORBIDDEN, f"Forbidden: {error.message}") from None
        self._watch(self._guard(self._caller))
        await self._write(write_message("connection_ack"))

    async def _guard(self, caller: Caller) -> Closed:
        recheck = self._config.streams.recheck
        refusal = await wait_until_refused(self._handler.authenticator, caller, self._clock, recheck)
        return Closed(CloseCode.FORBIDDEN, f"Forbidden: {refusal.message}")

    async def _subscribe(self, message: ClientMessage) -> None:
        if self._caller is None:
            raise Closed(CloseCode.UNAUTHORIZED, "Unauthorized")
        assert message.id is not None
        if message.id in self._operations:
            raise Closed(CloseCode.SUBSCRIBER_ALREADY_EXISTS, f"Subscriber for {message.id} already exists")
        request = read_operation(message.payload)
        allowed = self._config.limits.socket_operations
        if len(self._operations) >= allowed:
            error = LimitExceeded(f"At most {allowed} operations at a time are accepted on one connection.")
            await self._write(write_operation_message("error", message.id, encode_json(error.to_errors())))
            return
        task = asyncio.create_task(self._run(message.id, request, self._caller))
        self._operations[message.id] = task

    async def _run(self, identity: str, request: GraphQLRequest, caller: Caller) -> None:
        # Of the handshake's ids only the trace is that of each operation; a request id is each one's own.
        trace = self._handler.begin_trace({TRACEPARENT_HEADER: self._headers.get(TRACEPARENT_HEADER, "")})
        context = RequestContext(
            request=request, snapshot=self._handler.snapshot, caller=caller, trace=trace, headers=self._headers
        )
        ending = write_operation_message("complete", identity)
        with bind_trace(trace):
            try:
                self._handler.prepare(context)
                await self._write_results(identity, context)
            except Exception as error:  # noqa: BLE001 - the one place where an operation's failure becomes a message
                ending = write_operation_message("error", identity, encode_json(_describe(error)))
        # Free before it is told: the client may use the id again at once.
        if self._operations.get(identity) is asyncio.current_task():
            del self._operations[identity]
        await self._write(ending)

    async def _write_results(self, identity: str, context: RequestContext) -> None:
        if not is_subscription(context):
            result = await self._handler.execute(context)
            await self._write(write_operation_message("next", identity, result.encode()))
            return
        async with aclosing(self._handler.subscribe(context)) as results:
            async for result in results:
                await self._write(write_operation_message("next", identity, result.encode()))

    async def _write(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})


def _describe(error: Exception) -> list[dict[str, Any]]:
    return error.to_errors() if isinstance(error, ClientError) else describe_errors(error)
