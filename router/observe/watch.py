"""A request that is watched: its ids bound, its answer followed, its end told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar, Token
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from router.observe.records import RequestRecord
from router.pipeline.watch import Watch

if TYPE_CHECKING:
    from router.observe.observer import Observer

_current: ContextVar[RequestRecord | None] = ContextVar("request_record", default=None)


def current_request() -> RequestRecord | None:
    """The record of the request that this task works for."""
    return _current.get()


class ObservedWatch(Watch):
    """Tells the observer when it ends."""

    __slots__ = ("_observer", "_token", "record")

    def __init__(self, record: RequestRecord, observer: Observer) -> None:
        super().__init__(record.trace)
        self.record = record
        self._observer = observer
        self._token: Token[RequestRecord | None] | None = None

    def __enter__(self) -> Self:
        super().__enter__()
        self._token = _current.set(self.record)
        self._observer.under_way += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._observer.under_way -= 1
        self._observer.end_request(self.record)
        assert self._token is not None
        _current.reset(self._token)
        super().__exit__(kind, error, trace)

    def follow(self, send: Any) -> Any:
        return _follow(send, self.record)

    def fail(self, error: Exception) -> None:
        record = self.record
        record.failure = error
        if len(record.operations) == 1:
            record.operations[0].refuse(error)


def _follow(
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]], record: RequestRecord
) -> Callable[[MutableMapping[str, Any]], Awaitable[None]]:
    def observed_send(message: MutableMapping[str, Any]) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            record.status = message["status"]
        else:
            record.length += len(message.get("body", b""))
        return send(message)

    return observed_send
