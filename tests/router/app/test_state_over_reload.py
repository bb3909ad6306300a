"""What a changed configuration must not make a router forget: what it counted, whom it leaves alone, what is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from entrepot.router.app import RouterApp, build_router_app
from entrepot.router.config import (
    CircuitBreakerConfig,
    LimitsConfig,
    ReloadConfig,
    ResponseCacheConfig,
    RouterConfig,
    SubgraphTrafficConfig,
    TrafficConfig,
)
from entrepot.router.errors import ConfigurationInvalid, SubgraphUnavailable
from entrepot.router.pipeline.execution.subgraph_urls import list_unknown_variables, override_urls
from tests.support.asgi_client import AsgiClient
from tests.support.scripted_transport import ScriptedTransport, answer
from tests.support.small_graph import SUPERGRAPH

ASK = "{ me { name } }"


PUBLIC = answer(
    200, b'{"data":{"me":{"name":"Ada"}}}', content_type="application/json", cache_control="public, max-age=60"
)
DOWN = SubgraphUnavailable("Nobody is there.")


@pytest.fixture
def transport() -> ScriptedTransport:
    return ScriptedTransport(PUBLIC, name_of=lambda request: request.url)


Build = Callable[..., RouterApp]


@pytest.fixture
def build(transport: ScriptedTransport) -> Build:
    def build(config: RouterConfig, **options: object) -> RouterApp:
        return build_router_app(config, SUPERGRAPH, transport=transport, **options)  # type: ignore[arg-type]

    return build


class TestTraffic:
    RULES = CircuitBreakerConfig(minimum_requests=1, wait_duration_in_open_state=3600.0)
    CONFIG = RouterConfig(traffic=TrafficConfig(all=SubgraphTrafficConfig(circuit_breaker=RULES)))

    async def open_circuit(self, app: RouterApp, transport: ScriptedTransport) -> None:
        transport.replies = [DOWN]
        await AsgiClient(app).query(ASK)
        assert app.traffic.report()["people"].circuit == "open"
        transport.replies = [PUBLIC]
        transport.requests.clear()

    async def test_who_was_left_alone_stays_so(self, transport: ScriptedTransport, build: Build) -> None:
        app = build(self.CONFIG)
        await self.open_circuit(app, transport)
        await app.reload(config=replace(self.CONFIG, limits=LimitsConfig(max_depth=50)))
        assert app.traffic.report()["people"].circuit == "open"
        await AsgiClient(app).query(ASK)
        assert transport.names == []

    @pytest.mark.parametrize(
        "changed",
        [
            replace(CONFIG, override_subgraph_urls={"people": "http://elsewhere.test/graphql"}),
            RouterConfig(
                traffic=TrafficConfig(
                    all=SubgraphTrafficConfig(circuit_breaker=CircuitBreakerConfig(minimum_requests=2))
                )
            ),
        ],
        ids=["another place", "other rules"],
    )
    async def test_elsewhere_or_by_other_rules_it_is_asked_again(
        self, transport: ScriptedTransport, build: Build, changed: RouterConfig
    ) -> None:
        app = build(self.CONFIG)
        await self.open_circuit(app, transport)
        await app.reload(config=changed)
        assert app.traffic.report()["people"].circuit == "closed"
        assert "data" in (await AsgiClient(app).query(ASK)).json
        assert len(transport.names) == 1

    async def test_what_happened_is_counted_on(self, transport: ScriptedTransport, build: Build) -> None:
        app = build(RouterConfig())
        transport.replies = [DOWN]
        await AsgiClient(app).query(ASK)
        retries = app.traffic.report()["people"].retries
        assert retries > 0
        await app.reload(config=RouterConfig(override_subgraph_urls={"people": "http://elsewhere.test/graphql"}))
        assert app.traffic.report()["people"].retries == retries
        await AsgiClient(app).query(ASK)
        assert app.traffic.report()["people"].retries > retries


async def test_lookups_of_kept_answers_are_counted_on(transport: ScriptedTransport, build: Build) -> None:
    config = RouterConfig(response_cache=ResponseCacheConfig(enabled=True))
    app = build(config)
    client = AsgiClient(app)
    for _ in range(2):
        await client.query(ASK)
    assert app.response_cache_lookups == (1, 1)
    await app.reload(config=replace(config, limits=LimitsConfig(max_depth=50)))
    await client.query(ASK)
    assert app.response_cache_lookups == (2, 1)


async def test_what_was_forgotten_while_nothing_was_kept_stays_forgotten(
    transport: ScriptedTransport, build: Build
) -> None:
    config = RouterConfig(response_cache=ResponseCacheConfig(enabled=True))
    app = build(config)
    client = AsgiClient(app)
    await client.query(ASK)
    await app.reload(config=RouterConfig())
    await app.invalidate(["subgraph:people"])
    await app.reload(config=config)
    await client.query(ASK)
    assert len(transport.names) == 2


class TestWarming:
    async def test_the_documents_that_are_asked_for_most_are_planned_before(self, build: Build) -> None:
        config = RouterConfig(reload=ReloadConfig(warm_up_documents=1))
        app = build(config)
        client = AsgiClient(app)
        for _ in range(3):
            await client.query(ASK)
        await client.query("query Seldom { me { name } }")
        await app.reload(config=replace(config, limits=LimitsConfig(max_depth=50)))
        assert [entry.text for entry in app.snapshot.documents.list_values()] == [ASK]
        assert len(app.snapshot.plans) == 1

    async def test_habits_change(self, build: Build) -> None:
        """What was asked for before a change counts half."""
        config = RouterConfig(reload=ReloadConfig(warm_up_documents=1))
        app = build(config)
        client = AsgiClient(app)
        for _ in range(4):
            await client.query(ASK)
        await app.reload(config=replace(config, limits=LimitsConfig(max_depth=50)))
        for _ in range(3):
            await client.query("query New { me { name } }")
        await app.reload(config=config)
        assert [entry.text for entry in app.snapshot.documents.list_values()] == ["query New { me { name } }"]


class TestSubgraphUrls:
    async def test_the_environment_goes_before_the_configuration(
        self, transport: ScriptedTransport, build: Build
    ) -> None:
        config = RouterConfig(override_subgraph_urls={"people": "http://configured.test/graphql"})
        app = build(config, environ={"ENTREPOT_SUBGRAPH_PEOPLE_URL": "http://named.test/graphql"})
        client = AsgiClient(app)
        await client.query(ASK)
        await app.reload(config=replace(config, limits=LimitsConfig(max_depth=50)))
        await client.query(ASK)
        assert transport.names == ["http://named.test/graphql"] * 2

    async def test_an_empty_variable_says_nothing(self, transport: ScriptedTransport, build: Build) -> None:
        await AsgiClient(build(RouterConfig(), environ={"ENTREPOT_SUBGRAPH_PEOPLE_URL": ""})).query(ASK)
        assert transport.names == ["http://people.test/graphql"]

    def test_a_name_is_written_as_variables_are(self) -> None:
        environ = {"ENTREPOT_SUBGRAPH_STOCK_EU_1_URL": "http://stock", "ENTREPOT_SUBGRAPH_STOK_URL": "http://x"}
        assert override_urls(["stock-eu.1"], {}, environ) == {"stock-eu.1": "http://stock"}
        assert list_unknown_variables(["stock-eu.1"], environ) == ["ENTREPOT_SUBGRAPH_STOK_URL"]
        with pytest.raises(ConfigurationInvalid, match="could mean the subgraph stock-eu-1 and"):
            override_urls(["stock-eu-1", "stock_eu_1"], {}, environ)
