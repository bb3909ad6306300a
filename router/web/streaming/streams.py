"""Responses as a stream: until the last one, a disconnect, or the end of the access token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing
from functools import partial

from entrepot.router.config import StreamsConfig
from entrepot.router.errors import BadRequest, RateLimited, ResponseTooLarge, RouterError
from entrepot.router.execution import Payload
from entrepot.router.pipeline.context import Request, RequestContext
from entrepot.router.pipeline.handler import RequestHandler, is_deferred, is_subscription
from entrepot.router.web.asgi import Receive, Send
from entrepot.router.web.http.encode import encode_errors, encode_event, encode_result
from entrepot.router.web.streaming.active_streams import ActiveStreams
from entrepot.router.web.streaming.event_stream import Emit, EventStream, Heartbeat
from entrepot.router.web.streaming.framing import Framing
from entrepot.router.web.streaming.incremental import (
    IncrementalFormat,
    IncrementalV02Encoder,
    encode_payloads,
    mark_last,
)
from entrepot.router.web.streaming.token_revalidation import TokenRevalidation
from entrepot.shared.clock import Clock


class Streams:
    """Sends the answers of a request over HTTP, in one of the two framings."""

    def __init__(
        self, handler: RequestHandler, config: StreamsConfig, clock: Clock, active_streams: ActiveStreams
    ) -> None:
        self._handler = handler
        self._config = config
        self._clock = clock
        self._open = active_streams

    async def answer(self, request: Request, framing: Framing, receive: Receive, send: Send) -> None:
        """Answer a client that accepts nothing but a stream: what the operation is refused for is an answer in it.

        Raises BadRequest for what is no GraphQL request and RateLimited, before anything is sent.
        """
        try:
            context = await self._handler.prepare(request)
        except (BadRequest, RateLimited):
            raise
        except RouterError as error:
            body = encode_errors(error)
            await self._stream(request, framing, receive, send, lambda emit: emit(body))
        else:
            await self.answer_prepared(context, framing, receive, send)

    async def answer_prepared(self, context: RequestContext, framing: Framing, receive: Receive, send: Send) -> None:
        """Answer a request that passed the stages."""
        await self._stream(
            context.request,
            framing,
            receive,
            send,
            lambda emit: self._emit_results(context, emit),
            is_endless=is_subscription(context),
        )

    async def answer_parts(
        self,
        context: RequestContext,
        form: IncrementalFormat,
        first: Payload,
        rest: AsyncGenerator[Payload, None],
        receive: Receive,
        send: Send,
    ) -> None:
        """Answer with the first payload and those that follow it, each as soon as it is there."""
        maximum = context.request.snapshot.config.limits.max_response_bytes
        payloads = _begin_with(first, rest)

        async def produce(emit: Emit) -> None:
            try:
                async with aclosing(encode_payloads(payloads, form.build_encoder(), maximum)) as bodies:
                    async for body in bodies:
                        await emit(body)
            except Exception as error:  # noqa: BLE001 - the answer has begun, so that an error can only be a part of it
                self._note(context, error)
                await emit(mark_last(encode_errors(error)))

        async with aclosing(rest):
            headers = () if first.result is None else first.result.headers
            await self._stream(context.request, form.framing, receive, send, produce, headers)

    async def _emit_results(self, context: RequestContext, emit: Emit) -> None:
        maximum = context.request.snapshot.config.limits.max_response_bytes
        try:
            if is_subscription(context):
                async with aclosing(self._handler.subscribe(context)) as results:
                    async for result in results:
                        await emit(encode_event(result, maximum, partial(self._note, context)))
            elif is_deferred(context):
                payloads = encode_payloads(self._handler.deliver(context), IncrementalV02Encoder(), maximum)
                async with aclosing(payloads) as bodies:
                    async for body in bodies:
                        await emit(body)
            else:
                await emit(encode_result(await self._handler.execute(context), maximum))
        except Exception as error:  # noqa: BLE001 - the stream has begun, so that an error can only be an event
            self._note(context, error)
            await emit(encode_errors(error))

    def _note(self, context: RequestContext, error: Exception) -> None:
        """What ends a stream is noted here when it is a refusal for its length: what the stages refuse is already."""
        if isinstance(error, ResponseTooLarge):
            self._handler.guards.security.note_refusal(error, context)

    async def _stream(
        self,
        request: Request,
        framing: Framing,
        receive: Receive,
        send: Send,
        produce: Callable[[Emit], Awaitable[None]],
        headers: Iterable[tuple[bytes, bytes]] = (),
        *,
        is_endless: bool = False,
    ) -> None:
        """Send events until there are no more, the client leaves or its token no longer holds.

        What `is_endless` ends when the process does; anything else is a request, which is answered to its end.
        """
        send = request.observer.wrap_send(send)
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", framing.content_type),
                    (b"cache-control", b"no-cache, no-store"),
                    (b"x-accel-buffering", b"no"),
                    (b"x-content-type-options", b"nosniff"),
                    (b"x-request-id", request.trace.request_id.encode("latin-1")),
                    *headers,
                ],
            }
        )
        stream = EventStream(framing, send)
        await stream.write(framing.begin)
        gone = asyncio.create_task(stream.watch_client(receive))
        token = TokenRevalidation(
            self._handler.authenticator,
            request.caller,
            self._clock,
            self._open.schedule,
            self._config.token_revalidation_interval,
            stream.interruption.interrupt,
        )
        heartbeat = (
            Heartbeat(stream, self._open.schedule, self._config.heartbeat_interval) if framing.heartbeat else None
        )
        if is_endless:
            self._open.add(stream)
        try:
            if stream.interruption.verdict is None:
                with stream.interruption:
                    await produce(stream.emit)
        finally:
            self._open.remove(stream)
            gone.cancel()
            token.cancel()
            if heartbeat is not None:
                heartbeat.cancel()
        await stream.finish()


async def _begin_with(first: Payload, rest: AsyncGenerator[Payload, None]) -> AsyncGenerator[Payload, None]:
    yield first
    async for payload in rest:
        yield payload
