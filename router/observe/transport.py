"""Transports that observe fetches: measured in total, counted per operation, and traced."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from entrepot.router.errors import RouterError
from entrepot.router.execution import SubgraphRequest, SubgraphResponse, SubgraphTransport
from entrepot.router.observe.metrics import SubgraphFetchMetrics
from entrepot.router.observe.records import RequestRecord
from entrepot.router.pipeline.instrumentation.records import OperationRecord

if TYPE_CHECKING:
    from entrepot.router.observe.tracing import Tracing

CANCELLED: Final = "CANCELLED"


class MeasuredTransport:
    """Goes over the transport with its retries and sharing, so that it sees what operations wait for."""

    __slots__ = ("_add", "_monotonic", "_transport", "stream")

    def __init__(
        self, transport: SubgraphTransport, monotonic: Callable[[], float], request_metrics: SubgraphFetchMetrics
    ) -> None:
        self.stream = transport.stream
        self._transport = transport
        self._monotonic = monotonic
        self._add = request_metrics.add

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        started = self._monotonic()
        try:
            response = await self._transport.send(request)
        except BaseException as error:
            self._add(request.subgraph, name_failure(error), self._monotonic() - started)
            raise
        self._add(request.subgraph, response.status, self._monotonic() - started)
        return response


class CountedTransport:
    """Counts the requests of one operation."""

    __slots__ = ("_record", "_transport")

    def __init__(self, transport: SubgraphTransport, record: OperationRecord) -> None:
        self._transport = transport
        self._record = record

    def send(self, request: SubgraphRequest) -> Coroutine[Any, Any, SubgraphResponse]:
        self._record.fetches += 1
        return self._transport.send(request)

    def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        self._record.fetches += 1
        return self._transport.stream(request)


class TracedTransport:
    """Gives each fetch a span, and tells the subgraph of it."""

    __slots__ = ("_record", "_tracing", "_transport")

    def __init__(self, transport: SubgraphTransport, record: RequestRecord, tracing: Tracing) -> None:
        self._transport = transport
        self._record = record
        self._tracing = tracing

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        span, headers = self._tracing.begin_fetch(self._record, request)
        try:
            response = await self._transport.send(replace(request, headers={**request.headers, **headers}))
        except BaseException as error:
            self._tracing.end_fetch(span, name_failure(error), error)
            raise
        self._tracing.end_fetch(span, response.status)
        return response

    async def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        span, headers = self._tracing.begin_fetch(self._record, request)
        renew = request.renew_headers
        traced = replace(
            request,
            headers={**request.headers, **headers},
            renew_headers=None if renew is None else lambda: {**renew(), **headers},
        )
        try:
            async with aclosing(self._transport.stream(traced)) as events:
                async for event in events:
                    yield event
        finally:
            self._tracing.end_fetch(span, None)


def name_failure(error: BaseException) -> str:
    """The code of what a fetch ended with."""
    if isinstance(error, RouterError):
        return error.code
    return RouterError.code if isinstance(error, Exception) else CANCELLED
