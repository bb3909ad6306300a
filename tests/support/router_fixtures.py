"""Fixtures for tests of the pipeline and the server: the small graph behind a whole router."""

from collections.abc import Callable
from typing import Any

import pytest

from entrepot.router.app import RouterApp, build_router_app
from entrepot.router.config import RouterConfig
from entrepot.router.execution.transports.asgi import AsgiTransport
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.small_graph import SUPERGRAPH, SmallGraph
from tests.support.tokens import build_verifier

BuildClient = Callable[..., AsgiClient]


@pytest.fixture
def graph() -> SmallGraph:
    return SmallGraph()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def build_app(graph: SmallGraph, clock: ManualClock) -> Callable[..., RouterApp]:
    def build(config: RouterConfig | None = None, **options: Any) -> RouterApp:
        return build_router_app(
            config or RouterConfig(),
            SUPERGRAPH,
            **{
                "transport": AsgiTransport(graph.apps),
                "verifier": build_verifier(clock),
                "clock": clock,
                **options,
            },
        )

    return build


@pytest.fixture
def build_client(build_app: Callable[..., RouterApp]) -> BuildClient:
    return lambda config=None, **options: AsgiClient(build_app(config, **options))


@pytest.fixture
def client(build_client: BuildClient) -> AsgiClient:
    return build_client()
