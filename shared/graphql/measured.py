"""What a subgraph was asked and how long it took to answer, counted where requests come in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client.metrics_core import Metric
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrepot.shared.telemetry.families import Families
from entrepot.shared.telemetry.histogram import Histogram

_FAMILIES: Final = Families("entrepot_")
_FAULT: Final = 500
_STREAM: Final = b"text/event-stream"


class RequestHistograms:
    """Since the process started; `open_streams` are subscriptions at this moment."""

    def __init__(self) -> None:
        self.statuses: dict[int, int] = {}
        self.durations = Histogram()
        self.open_streams = 0


class MeasuredApp:
    """An app whose requests are counted; streams, which last as long as their clients like, are not timed."""

    def __init__(self, app: ASGIApp, histograms: RequestHistograms, monotonic: Callable[[], float]) -> None:
        self._app = app
        self._tallies = histograms
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Answer(send, self._tallies)
        started = self._monotonic()
        try:
            if scope["type"] == "websocket":
                answer.begin_stream()
            await self._app(scope, receive, answer.send)
        finally:
            answer.end(self._monotonic() - started)


class _Answer:
    """One answer on its way."""

    def __init__(self, send: Send, histograms: RequestHistograms) -> None:
        self._send = send
        self._tallies = histograms
        self._is_stream = False
        self._status = _FAULT

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            if any(name == b"content-type" and value.startswith(_STREAM) for name, value in message["headers"]):
                self.begin_stream()
        await self._send(message)

    def begin_stream(self) -> None:
        self._is_stream = True
        self._tallies.open_streams += 1

    def end(self, seconds: float) -> None:
        histograms = self._tallies
        if self._is_stream:
            histograms.open_streams -= 1
        else:
            histograms.statuses[self._status] = histograms.statuses.get(self._status, 0) + 1
            histograms.durations.add(seconds)


def collect_requests(subgraph: str, histograms: RequestHistograms) -> Iterator[Metric]:
    """The tallies as Prometheus scrapes them."""
    statuses = {(subgraph, status): count for status, count in histograms.statuses.items()}
    yield _FAMILIES.counter("requests", "Answers to routers, by HTTP status.", ("subgraph", "status"), statuses)
    timed = {subgraph: histograms.durations}
    yield _FAMILIES.histogram("request_duration_seconds", "From request to answer, but streams.", ("subgraph",), timed)
    streams = {subgraph: histograms.open_streams}
    yield _FAMILIES.gauge("open_streams", "Subscriptions that are open.", ("subgraph",), streams)
