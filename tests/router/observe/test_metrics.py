"""What `/metrics` tells after requests of every kind, as Prometheus reads it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from entrepot.router.app import RouterApp
from entrepot.router.config import (
    BatchingConfig,
    CircuitBreakerConfig,
    LimitsConfig,
    MetricsConfig,
    ObservabilityConfig,
    PersistedDocumentsConfig,
    ResponseCacheConfig,
    RouterConfig,
    SubgraphTrafficConfig,
    TrafficConfig,
)
from entrepot.router.observe.metrics import BOUNDS, OTHER, Histogram, RequestMetrics
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.scripted_transport import ScriptedTransport, answer
from tests.support.small_graph import SUPERGRAPH

BuildClient = Callable[..., AsgiClient]
ON = ObservabilityConfig(metrics=MetricsConfig(enabled=True, port=None))
_PREFIX = "entrepot_router_"


async def scrape(client: AsgiClient) -> dict[tuple[str, ...], float]:
    """The samples by name and label values, in the order of the labels' names."""
    answer = await client.send("GET", "/metrics", {"accept": "text/plain"})
    assert answer.status == 200
    return {
        (sample.name.removeprefix(_PREFIX), *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


class TestRequests:
    async def test_each_operation_is_counted_by_kind_and_outcome(self, build_client: BuildClient) -> None:
        client = build_client(RouterConfig(observability=ON))
        await client.query("{ me { name } }")
        await client.query("query A { me { name } }")
        await client.query("{ broken me { name } }")
        await client.query('mutation { rename(id: "1", name: "B") { name } }')
        await client.query("{ nothing }")
        await client.query("{")
        found = await scrape(client)
        assert found["operations_total", "query", "", "answered"] == 2
        assert found["operations_total", "query", "", "partial"] == 1
        assert found["operations_total", "mutation", "", "answered"] == 1
        assert found["operations_total", "unknown", "", "refused"] == 2
        assert found["errors_total", "GRAPHQL_VALIDATION_FAILED"] == 1
        assert found["errors_total", "GRAPHQL_PARSE_FAILED"] == 1
        assert found["http_requests_total", "200"] == 6
        assert found["request_duration_seconds_count",] == 6

    async def test_what_never_becomes_an_operation_is_counted_too(self, build_client: BuildClient) -> None:
        client = build_client(RouterConfig(observability=ON, limits=LimitsConfig(max_body_bytes=50)))
        await client.query("{ me { name } }" + " " * 100)
        found = await scrape(client)
        assert found["http_requests_total", "413"] == 1
        assert found["errors_total", "PAYLOAD_TOO_LARGE"] == 1
        assert found["security_events_total", "PAYLOAD_TOO_LARGE", "limit_exceeded"] == 1
        assert not [key for key in found if key[0] == "operations_total"]

    async def test_a_batch_is_one_request_and_many_operations(self, build_client: BuildClient) -> None:
        client = build_client(RouterConfig(observability=ON, batching=BatchingConfig(enabled=True)))
        await client.post([{"query": "{ me { name } }"}, {"query": "{ nothing }"}])
        found = await scrape(client)
        assert found["http_requests_total", "200"] == 1
        assert found["operations_total", "query", "", "answered"] == 1
        assert found["operations_total", "unknown", "", "refused"] == 1

    async def test_only_registered_operations_are_told_by_name(self, build_client: BuildClient, tmp_path: Path) -> None:
        (tmp_path / "me.graphql").write_text("query Me { me { name } }")
        config = RouterConfig(observability=ON, persisted_documents=PersistedDocumentsConfig(paths=(str(tmp_path),)))
        client = build_client(config)
        await client.query("query   Me { me { name } }")
        await client.query("query Other { me { name } }")
        found = await scrape(client)
        assert found["operations_total", "query", "Me", "answered"] == 1
        assert found["operations_total", "query", "", "answered"] == 1

    async def test_a_client_that_leaves_is_no_answer(self, build_client: BuildClient) -> None:
        client = build_client(RouterConfig(observability=ON))
        task = asyncio.ensure_future(client.query("{ slow }"))
        await asyncio.sleep(0.05)
        assert (await scrape(client))["requests_in_flight",] == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        found = await scrape(client)
        assert found["operations_total", "query", "", "abandoned"] == 1
        assert found["requests_in_flight",] == 0


class TestStages:
    async def test_a_stage_is_measured_when_it_computes(self, build_client: BuildClient) -> None:
        client = build_client(RouterConfig(observability=ON))
        for _ in range(3):
            await client.query("{ me { name } }")
        found = await scrape(client)
        assert found["stage_duration_seconds_count", "plan"] == 1
        assert found["stage_duration_seconds_count", "validate"] == 1
        assert (found["cache_lookups_total", "plans", "hit"], found["cache_lookups_total", "plans", "miss"]) == (2, 1)
        assert (found["cache_entries", "plans"], found["cache_entries", "documents"]) == (1, 1)
        assert found["cache_bytes", "documents"] > 1000


class TestSubgraphs:
    async def test_fetches_are_counted_by_status(self, build_client: BuildClient) -> None:
        client = build_client(RouterConfig(observability=ON))
        await client.query("{ me { name notes { text } } }")
        await client.query("{ me { name } }")
        found = await scrape(client)
        assert found["subgraph_requests_total", "200", "people"] == 2
        assert found["subgraph_requests_total", "200", "notes"] == 1
        assert found["subgraph_request_duration_seconds_count", "notes"] == 1

    async def test_failures_retries_and_circuits_are_shown(self, build_client: BuildClient) -> None:
        breaker = CircuitBreakerConfig(minimum_requests=1)
        traffic = TrafficConfig(all=SubgraphTrafficConfig(circuit_breaker=breaker))
        client = build_client(
            RouterConfig(observability=ON, traffic=traffic), transport=ScriptedTransport(OSError("nobody there"))
        )
        for _ in range(2):
            await client.query("{ me { name } }")
        found = await scrape(client)
        assert found["subgraph_requests_total", "INTERNAL_SERVER_ERROR", "people"] == 1
        assert found["subgraph_requests_total", "SUBGRAPH_CIRCUIT_OPEN", "people"] == 1
        assert found["subgraph_circuit_breaker_state", "open", "people"] == 1
        assert found["subgraph_circuit_breaker_state", "closed", "people"] == 0
        assert found["subgraph_retries_total", "people"] == 0

    async def test_kept_answers_are_lookups_too(self, build_client: BuildClient) -> None:
        public = answer(
            200, b'{"data":{"me":{"name":"Ada"}}}', content_type="application/json", cache_control="public, max-age=60"
        )
        config = RouterConfig(observability=ON, response_cache=ResponseCacheConfig(enabled=True))
        client = build_client(config, transport=ScriptedTransport(public))
        for _ in range(3):
            await client.query("{ me { name } }")
        found = await scrape(client)
        assert (found["cache_lookups_total", "response", "hit"], found["cache_lookups_total", "response", "miss"]) == (
            2,
            1,
        )


class TestPage:
    async def test_the_process_is_told_of(self, build_client: BuildClient) -> None:
        found = await scrape(build_client(RouterConfig(observability=ON)))
        assert found["process_resident_memory_bytes",] > 1_000_000
        assert found["active_streams",] == 0

    async def test_it_is_not_there_unless_it_is_asked_for(self, build_client: BuildClient) -> None:
        for observability in (ObservabilityConfig(), ObservabilityConfig(metrics=MetricsConfig(enabled=True))):
            client = build_client(RouterConfig(observability=observability))
            assert (await client.send("GET", "/metrics")).status == 404

    async def test_openmetrics_is_spoken_to_who_asks_for_it(self, build_client: BuildClient) -> None:
        client = build_client(RouterConfig(observability=ON))
        answer = await client.send("GET", "/metrics", {"accept": "application/openmetrics-text; version=1.0.0"})
        assert answer.headers["content-type"].startswith("application/openmetrics-text")
        assert answer.body.endswith(b"# EOF\n")

    async def test_counts_outlive_a_reload(self, build_app: Callable[..., RouterApp]) -> None:
        app = build_app(RouterConfig(observability=ON))
        client = AsgiClient(app)
        await client.query("{ me { name } }")
        await app.reload(SUPERGRAPH)
        await client.query("{ me { name } }")
        assert (await scrape(client))["operations_total", "query", "", "answered"] == 2


class TestTallies:
    @pytest.mark.parametrize(("seconds", "bucket"), [(0.0, 0), (BOUNDS[0], 0), (BOUNDS[-1], -2), (1e9, -1)])
    def test_a_bucket_holds_what_is_at_most_its_bound(self, seconds: float, bucket: int) -> None:
        tally = Histogram()
        tally.add(seconds)
        assert tally.counts[bucket] == 1
        assert sum(tally.counts) == 1

    async def test_codes_of_subgraphs_cannot_grow_without_end(self, build_client: BuildClient) -> None:
        tallies = RequestMetrics()
        for number in range(500):
            tallies._count([f"CODE_{number}"])
        assert len(tallies.codes) <= 101
        assert tallies.codes[OTHER] == 400


async def test_durations_are_those_of_the_clock(build_client: BuildClient, clock: ManualClock) -> None:
    client = build_client(RouterConfig(observability=ON))
    task = asyncio.ensure_future(client.query("{ slow }"))
    await asyncio.sleep(0.05)
    clock.advance(3)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (await scrape(client))["request_duration_seconds_sum",] == 3.0
