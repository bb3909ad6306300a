"""A subscription: events of one subgraph, completed concurrently and delivered in their order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any

from entrepot.router.errors import RouterError
from entrepot.router.execution.fetch import CompiledFetch, Run
from entrepot.router.execution.requests import ExecutionLimits, ExecutionRequest
from entrepot.router.execution.result import ExecutionResult
from entrepot.router.execution.transports.subgraph_client import SubgraphRequest, describe_failure, read_payload

Complete = Callable[[Run], Coroutine[Any, Any, ExecutionResult]]
Completion = asyncio.Task[ExecutionResult]


async def complete_events(
    subscription: CompiledFetch,
    opened: SubgraphRequest,
    request: ExecutionRequest,
    complete: Complete,
    limits: ExecutionLimits,
) -> AsyncGenerator[ExecutionResult, None]:
    """The results of all events. At most `limits.stream_events` wait for the client; then no more are read."""
    queue: asyncio.Queue[Completion | None] = asyncio.Queue(limits.stream_events)
    completions: set[Completion] = set()

    async def put(run: Run) -> None:
        completion = asyncio.create_task(complete(run))
        completions.add(completion)
        completion.add_done_callback(completions.discard)
        await queue.put(completion)

    async def read() -> None:
        try:
            async with aclosing(request.transport.stream(opened)) as events:
                async for event in events:
                    await put(_read_event(subscription, request, event, limits))
        except RouterError as raised:
            await put(_build_failed_run(subscription, request, raised))
        except Exception as cause:  # noqa: BLE001 - whatever a transport raises, the client must see that the stream ended
            failure = describe_failure(opened.subgraph, "broke off the subscription")
            failure.__cause__ = cause
            await put(_build_failed_run(subscription, request, failure))
        await queue.put(None)

    reader = asyncio.create_task(read())
    try:
        while (completion := await queue.get()) is not None:
            yield await completion
    finally:
        await _cancel({reader, *completions})


def _read_event(subscription: CompiledFetch, request: ExecutionRequest, event: bytes, limits: ExecutionLimits) -> Run:
    run = Run(request)
    if len(event) > limits.response_bytes:
        raise describe_failure(subscription.fetch.subgraph, f"sent an event of more than {limits.response_bytes} bytes")
    data, errors = read_payload(subscription.fetch.subgraph, event)
    subscription.accept(run, data, errors, [])
    return run


def _build_failed_run(subscription: CompiledFetch, request: ExecutionRequest, failure: RouterError) -> Run:
    run = Run(request)
    subscription.fail(run, failure, [])
    return run


async def _cancel(tasks: set[asyncio.Task[ExecutionResult] | asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
