"""What metrics put between a request and its subgraph: counted in frames and objects, which no busy machine changes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import pytest

from entrepot.router.app import RouterApp
from entrepot.router.config import MetricsConfig, ObservabilityConfig, RouterConfig
from entrepot.router.execution import SubgraphRequest
from entrepot.router.pipeline.context import RequestObserver
from tests.support.asgi_client import AsgiClient
from tests.support.scripted_transport import ScriptedTransport

METRICS = ObservabilityConfig(metrics=MetricsConfig(enabled=True, port=None))
ASK = "{ me { name } }"


class Depth(ScriptedTransport):
    """A subgraph that counts the frames between it and the client."""

    def __init__(self) -> None:
        super().__init__(respond=self._count)
        self.frames: list[int] = []

    def _count(self, _request: SubgraphRequest) -> dict[str, Any]:
        frame, count = sys._getframe(), 0
        while frame is not None:
            frame, count = frame.f_back, count + 1  # type: ignore[assignment]
        self.frames.append(count)
        return {"data": {"me": {"name": "Ada"}}}


@pytest.fixture
def depth() -> Depth:
    return Depth()


async def test_one_frame_more_lies_on_the_way_to_a_subgraph(build_app: Callable[..., RouterApp], depth: Depth) -> None:
    for observability in (ObservabilityConfig(), METRICS):
        await AsgiClient(build_app(RouterConfig(observability=observability), transport=depth)).query(ASK)
    without, with_metrics = depth.frames
    assert with_metrics == without + 1


async def test_a_request_leaves_nothing_to_collect(build_app: Callable[..., RouterApp], depth: Depth) -> None:
    """Circles would be the collector's work, which costs more than all that is counted."""
    app = build_app(RouterConfig(observability=METRICS), transport=depth)
    client = AsgiClient(app)
    await client.query(ASK)
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            await client.query(ASK)
        assert not [
            each
            for each in gc.get_objects()
            if isinstance(each, RequestObserver) and each.trace.request_id[:3] == "req"
        ]
    finally:
        gc.enable()
