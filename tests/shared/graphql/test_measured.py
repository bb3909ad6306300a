"""What a subgraph counts of the requests that it answers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from entrepot.shared.clock import SystemClock
from entrepot.shared.graphql.measured import MeasuredApp, RequestHistograms, collect_requests
from tests.support.asgi_client import AsgiClient


def read(histograms: RequestHistograms) -> dict[str, float]:
    samples = [sample for metric in collect_requests("tests", histograms) for sample in metric.samples]
    return {".".join([sample.name, *sorted(sample.labels.values())]): sample.value for sample in samples}


async def test_answers_by_status_and_time(served: Any) -> None:
    histograms = RequestHistograms()
    client = AsgiClient(MeasuredApp(served.app, histograms, SystemClock().monotonic))
    await client.query("{ long(value: 1) }", headers=served.identity())
    await client.query("{ long(value: 1) }", headers={})
    seen = read(histograms)
    assert seen["entrepot_requests_total.200.tests"] == 1
    assert seen["entrepot_requests_total.401.tests"] == 1
    assert seen["entrepot_request_duration_seconds_count.tests"] == 2
    assert 0 < seen["entrepot_request_duration_seconds_sum.tests"] < 60


async def test_a_fault_that_nobody_answered_counts_as_one() -> None:
    async def fail(_scope: Any, _receive: Any, _send: Any) -> None:
        raise OSError

    histograms = RequestHistograms()
    with pytest.raises(OSError):
        await AsgiClient(MeasuredApp(fail, histograms, SystemClock().monotonic)).send("POST", "/graphql", {})
    assert read(histograms)["entrepot_requests_total.500.tests"] == 1


async def test_streams_are_counted_while_they_are_open_and_never_timed() -> None:
    may_end = asyncio.Event()

    async def stream(scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
        await may_end.wait()
        if scope["type"] == "http":
            await send({"type": "http.response.body", "body": b""})

    histograms = RequestHistograms()
    app = MeasuredApp(stream, histograms, SystemClock().monotonic)
    tasks = [
        asyncio.create_task(AsgiClient(app).send("POST", "/graphql", {})),
        asyncio.create_task(app({"type": "websocket"}, None, None)),  # type: ignore[arg-type]  # never used
    ]
    async with asyncio.timeout(10):
        while histograms.open_streams < 2:
            await asyncio.sleep(0)
    may_end.set()
    await asyncio.gather(*tasks)
    seen = read(histograms)
    assert seen["entrepot_open_streams.tests"] == 0
    assert seen["entrepot_request_duration_seconds_count.tests"] == 0
