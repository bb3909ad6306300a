"""The request handler, watched: what it does for each operation is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from router.execution import ExecutionResult, Payload
from router.observe.records import OperationRecord
from router.observe.watch import ObservedWatch, current_request
from router.pipeline.context import RequestContext
from router.pipeline.handle import RequestHandler
from router.pipeline.watch import Watch

if TYPE_CHECKING:
    from router.observe.observer import Observer


class ObservedHandler(RequestHandler):
    """Answers like the handler that it extends, and tells the observer of each request and operation."""

    def __init__(self, observer: Observer, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._observer = observer

    def watch(self, headers: Mapping[str, str]) -> Watch:
        observer = self._observer
        return ObservedWatch(observer.begin_request(self._read_trace(headers), headers), observer)

    async def prepare(self, context: RequestContext) -> None:
        request = current_request()
        assert request is not None, "a request is prepared within its watch"
        record = context.record = self._observer.begin_operation(request, context)
        try:
            await super().prepare(context)
        except Exception as error:
            record.refuse(error)
            raise
        finally:
            self._observer.end_preparation(record)

    async def execute(self, context: RequestContext) -> ExecutionResult:
        record = _record_of(context)
        try:
            result = await super().execute(context)
        except Exception as error:
            record.refuse(error)
            raise
        except asyncio.CancelledError:
            record.outcome = "abandoned"
            raise
        if result.errors:
            record.add_errors(result.errors)
        return result

    async def deliver(self, context: RequestContext) -> AsyncGenerator[Payload, None]:
        record = _record_of(context)
        async with aclosing(super().deliver(context)) as payloads:
            async for payload in payloads:
                errors = [] if payload.result is None else [*payload.result.errors]
                errors += [error for part in payload.delivered for error in part.errors]
                errors += [error for fragment in payload.completed for error in fragment.errors]
                if errors:
                    record.add_errors(errors)
                yield payload

    async def subscribe(self, context: RequestContext) -> AsyncGenerator[ExecutionResult, None]:
        record = _record_of(context)
        async with aclosing(super().subscribe(context)) as results:
            async for result in results:
                if result.errors:
                    record.add_errors(result.errors)
                yield result


def _record_of(context: RequestContext) -> OperationRecord:
    record = context.record
    assert record is not None, "an operation is executed after it was prepared"
    return record
