"""Answers as a stream: one by one, until there are no more, the client leaves or its token no longer holds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

from router.config import StreamsConfig
from router.errors import BadRequest, RouterError
from router.pipeline.context import RequestContext
from router.pipeline.handle import RequestHandler, is_subscription
from router.web.asgi import Receive, Send, wait_for_disconnect
from router.web.encode import encode_errors
from router.web.framing import Framing
from router.web.tokens import wait_until_refused
from shared.clock import Clock

Emit = Callable[[bytes], Awaitable[None]]


class Streams:
    """Sends the answers of a request over HTTP, in one of the two framings."""

    def __init__(self, handler: RequestHandler, config: StreamsConfig, clock: Clock) -> None:
        self._handler = handler
        self._config = config
        self._clock = clock

    async def answer(self, context: RequestContext, framing: Framing, receive: Receive, send: Send) -> None:
        """Answer a client that accepts nothing but a stream: what the operation is refused for is an answer in it.

        Raises BadRequest for what is no GraphQL request, before anything is sent.
        """
        try:
            self._handler.prepare(context)
        except BadRequest:
            raise
        except RouterError as error:
            body = encode_errors(error)
            await self._stream(context, framing, receive, send, lambda emit: emit(body))
        else:
            await self.answer_prepared(context, framing, receive, send)

    async def answer_prepared(self, context: RequestContext, framing: Framing, receive: Receive, send: Send) -> None:
        """Answer a request that passed the stages."""
        await self._stream(context, framing, receive, send, lambda emit: self._emit_results(context, emit))

    async def _emit_results(self, context: RequestContext, emit: Emit) -> None:
        try:
            if is_subscription(context):
                async with aclosing(self._handler.subscribe(context)) as results:
                    async for result in results:
                        await emit(result.encode())
            else:
                await emit((await self._handler.execute(context)).encode())
        except Exception as error:  # noqa: BLE001 - the stream has begun, so that an error can only be an event
            await emit(encode_errors(error))

    async def _stream(
        self,
        context: RequestContext,
        framing: Framing,
        receive: Receive,
        send: Send,
        produce: Callable[[Emit], Awaitable[None]],
    ) -> None:
        """Send events until there are no more, the client leaves or its token no longer holds."""
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", framing.content_type),
                    (b"cache-control", b"no-cache, no-store"),
                    (b"x-accel-buffering", b"no"),
                    (b"x-content-type-options", b"nosniff"),
                    (b"x-request-id", context.trace.request_id.encode("latin-1")),
                ],
            }
        )

        async def write(chunk: bytes) -> None:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})

        async def emit(body: bytes) -> None:
            await write(framing.frame(body))

        await write(framing.begin)
        refusal = asyncio.ensure_future(
            wait_until_refused(self._handler.authenticator, context.caller, self._clock, self._config.recheck)
        )
        gone = asyncio.ensure_future(wait_for_disconnect(receive))
        tasks: tuple[asyncio.Future[Any], ...] = (
            asyncio.ensure_future(produce(emit)),
            asyncio.ensure_future(self._beat(write, framing.heartbeat)),
            gone,
            refusal,
        )
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                if not task.done():
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if gone.done() and not gone.cancelled():
            return
        if not refusal.cancelled():
            await write(framing.frame_failure(encode_errors(refusal.result())))
        await send({"type": "http.response.body", "body": framing.end, "more_body": False})

    async def _beat(self, write: Emit, heartbeat: bytes) -> None:
        while True:
            await self._clock.sleep(self._config.heartbeat)
            await write(heartbeat)
