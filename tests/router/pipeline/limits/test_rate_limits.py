"""How often clients may ask: by who they are, where they are or with which key, in every transport."""

import asyncio
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from entrepot.router.config import (
    ApiKeyConfig,
    ApiKeysConfig,
    AuthenticationConfig,
    BatchingConfig,
    DemandControlConfig,
    LimitsConfig,
    RateLimitRule,
    RouterConfig,
    ServerConfig,
)
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.web.http.address import AddressReader
from entrepot.shared.caching.addresses import widen_address
from tests.support.asgi_client import Answer, AsgiClient
from tests.support.clock import ManualClock
from tests.support.small_graph import SmallGraph
from tests.support.tokens import bearer

BuildClient = Callable[..., AsgiClient]
PROXIED = ServerConfig(trusted_proxies=("10.0.0.0/8", "2001:db8::/32"))
QUERY = "{ __typename }"


def rule(**options: Any) -> RateLimitRule:
    return RateLimitRule(**{"name": "burst", "by": "address", "capacity": 2, "window": 10.0, **options})


async def ask(client: AsgiClient, address: str = "10.0.0.1", **headers: str) -> Answer:
    """A request from the address, which the proxy that is connected tells."""
    exchange = client.open(
        "POST",
        "/graphql",
        {"content-type": "application/json", "x-forwarded-for": address, **headers},
        b'{"query": "%s"}' % QUERY.encode(),
    )
    exchange.scope["client"] = ("10.9.9.9", 1)
    await exchange.run()
    start = exchange.messages[0]
    raw = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], raw, exchange.body)


class TestByAddress:
    async def test_just_the_quota_passes_and_one_more_is_refused(self, build_client: BuildClient) -> None:
        client = build_client(RouterConfig(server=PROXIED, rate_limits=(rule(),)))
        passed = [await ask(client, "192.0.2.1") for _ in range(2)]
        refused = await ask(client, "192.0.2.1")
        assert [answer.status for answer in passed] == [200, 200]
        assert (refused.status, refused.codes) == (429, ["RATE_LIMITED"])
        assert refused.json["errors"][0]["extensions"] == {"code": "RATE_LIMITED", "rule": "burst", "retryAfter": 5}
        assert client.app.security.counts["rate_limited", "RATE_LIMITED"] == 1

    async def test_the_client_is_told_what_is_left_and_when_to_come_again(
        self, build_client: BuildClient, clock: ManualClock
    ) -> None:
        client = build_client(RouterConfig(server=PROXIED, rate_limits=(rule(),)))
        first = await ask(client, "192.0.2.1")
        assert first.headers["ratelimit-policy"] == '"burst";q=2;w=10'
        assert first.headers["ratelimit"] == '"burst";r=1;t=5'
        await ask(client, "192.0.2.1")
        refused = await ask(client, "192.0.2.1")
        assert refused.headers["ratelimit"] == '"burst";r=0;t=10'
        assert refused.headers["retry-after"] == "5"
        clock.advance(5)
        assert (await ask(client, "192.0.2.1")).status == 200

    async def test_the_scarcest_of_the_rules_is_reported_by_older_headers_too(self, build_client: BuildClient) -> None:
        rules = (
            rule(capacity=2, x_headers=True),
            rule(name="plenty", capacity=100, window=100.0, x_headers=True),
            rule(name="unseen", capacity=1),
        )
        client = build_client(RouterConfig(server=PROXIED, rate_limits=rules))
        first = await ask(client, "192.0.2.1")
        shown = {name: value for name, value in first.headers.items() if name.startswith("x-ratelimit")}
        assert shown == {"x-ratelimit-limit": "2", "x-ratelimit-remaining": "1", "x-ratelimit-reset": "5"}
        refused = await ask(client, "192.0.2.1")
        assert (refused.status, refused.headers["x-ratelimit-remaining"], refused.headers["retry-after"]) == (
            429,
            "0",
            "10",
        )

    async def test_another_client_has_a_quota_of_its_own(self, build_client: BuildClient) -> None:
        client = build_client(RouterConfig(server=PROXIED, rate_limits=(rule(capacity=1),)))
        assert [(await ask(client, f"192.0.2.{n}")).status for n in (1, 2, 1, 2)] == [200, 200, 429, 429]

    async def test_whoever_is_logged_in_can_be_left_out(self, build_client: BuildClient, clock: ManualClock) -> None:
        client = build_client(RouterConfig(server=PROXIED, rate_limits=(rule(capacity=1, anonymous_only=True),)))
        assert [(await ask(client, "192.0.2.1")).status for _ in range(2)] == [200, 429]
        assert (await ask(client, "192.0.2.1", **bearer(clock))).status == 200

    async def test_an_address_that_the_client_claims_is_not_believed(self, build_client: BuildClient) -> None:
        client = build_client(RouterConfig(server=PROXIED, rate_limits=(rule(capacity=1),)))
        told = [await ask(client, f"203.0.113.{n}, 192.0.2.1") for n in range(3)]
        assert [answer.status for answer in told] == [200, 429, 429]

    def test_the_addresses_of_one_network_are_one_client(self) -> None:
        assert widen_address("2001:db8:1:2:3::4") == widen_address("2001:db8:1:2:ffff::") == "2001:db8:1:2::"
        assert widen_address("192.0.2.1") == "192.0.2.1"
        assert widen_address("") == ""


ADDRESSES = {
    "nobody told": ("10.0.0.1", None, "10.0.0.1"),
    "a peer that is not trusted tells nothing": ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
    "a proxy tells": ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
    "a chain of proxies": ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
    "what stands left of the client's own": ("10.0.0.1", "10.0.0.7, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
    "only proxies": ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
    "rubbish": ("10.0.0.1", "198.51.100.1, <script>", "10.0.0.1"),
    "with a port": ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
    "IPv6 in brackets": ("2001:db8::1", "[2a00::5]:443", "2a00::5"),
    "IPv4 as IPv6": ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
    "empty": ("10.0.0.1", "", "10.0.0.1"),
}


class TestAddresses:
    @pytest.mark.parametrize("name", ADDRESSES)
    def test_the_client_is_the_first_that_no_proxy_is(self, name: str) -> None:
        peer, forwarded, expected = ADDRESSES[name]
        headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
        reader = AddressReader(PROXIED.trusted_proxies)
        assert reader.read({"client": (peer, 1)}, headers) == expected

    def test_without_trusted_proxies_the_header_means_nothing(self) -> None:
        assert AddressReader(()).read({"client": ("192.0.2.1", 1)}, {"x-forwarded-for": "1.2.3.4"}) == "192.0.2.1"

    def test_what_is_no_network_is_refused(self) -> None:
        with pytest.raises(ConfigurationInvalid, match="trusted_proxies"):
            AddressReader(["10.0.0.0/99"])


class TestByIdentity:
    async def test_each_user_has_a_quota(self, build_client: BuildClient, clock: ManualClock) -> None:
        client = build_client(RouterConfig(rate_limits=(rule(by="identity", capacity=1),)))
        users = [bearer(clock, sub=name, jti=name) for name in ("usr_1", "usr_2", "usr_1")]
        assert [(await client.query(QUERY, headers=user)).status for user in users] == [200, 200, 429]
        assert (await client.query(QUERY)).status == 200

    async def test_a_fresh_token_is_no_fresh_quota(self, build_client: BuildClient, clock: ManualClock) -> None:
        client = build_client(RouterConfig(rate_limits=(rule(by="identity", capacity=1),)))
        tokens = [bearer(clock, jti=name) for name in ("t1", "t2")]
        assert [(await client.query(QUERY, headers=token)).status for token in tokens] == [200, 429]


async def test_each_api_key_has_a_quota(build_client: BuildClient) -> None:
    keys = tuple(
        ApiKeyConfig(name=name, sha256=sha256(name.encode()).hexdigest(), subject="partner") for name in ("k1", "k2")
    )
    config = RouterConfig(
        authentication=AuthenticationConfig(api_keys=ApiKeysConfig(keys=keys)),
        rate_limits=(rule(by="api_key", capacity=1),),
    )
    client = build_client(config)
    statuses = [(await client.query(QUERY, headers={"x-api-key": name})).status for name in ("k1", "k2", "k1")]
    assert statuses == [200, 200, 429]


class TestPricedByCost:
    DEMAND = DemandControlConfig(mode="measure")

    async def test_what_an_operation_is_estimated_at_is_taken(
        self, build_client: BuildClient, graph: SmallGraph
    ) -> None:
        rules = (rule(by="address", capacity=10, cost="estimated"),)
        client = build_client(RouterConfig(rate_limits=rules, demand_control=self.DEMAND))
        first = await client.query("{ people { id } }")
        assert first.headers["ratelimit"] == '"burst";r=0;t=10'
        asked = len(graph.requests)
        refused = await client.query("{ me { id } }")
        assert (refused.status, refused.codes) == (429, ["RATE_LIMITED"])
        assert len(graph.requests) == asked

    async def test_what_no_quota_holds_is_never_granted(self, build_client: BuildClient) -> None:
        client = build_client(
            RouterConfig(rate_limits=(rule(capacity=5, cost="estimated"),), demand_control=self.DEMAND)
        )
        refused = await client.query("{ people { id } }")
        assert refused.status == 429
        assert "retry-after" not in refused.headers
        assert "more than the whole quota" in refused.json["errors"][0]["message"]

    async def test_it_needs_costs(self, build_client: BuildClient) -> None:
        with pytest.raises(ConfigurationInvalid, match=r"demand_control\.mode"):
            build_client(RouterConfig(rate_limits=(rule(cost="estimated"),)))


async def test_all_rules_hold(build_client: BuildClient, clock: ManualClock) -> None:
    rules = (rule(name="burst", capacity=2, window=1.0), rule(name="hour", capacity=3, window=3600.0))
    client = build_client(RouterConfig(rate_limits=rules))
    first = await client.query(QUERY)
    assert first.headers["ratelimit-policy"] == '"burst";q=2;w=1, "hour";q=3;w=3600'
    await client.query(QUERY)
    clock.advance(1)
    assert (await client.query(QUERY)).status == 200
    refused = await client.query(QUERY)
    assert refused.json["errors"][0]["extensions"]["rule"] == "hour"


async def test_two_rules_of_one_name_are_refused(build_client: BuildClient) -> None:
    with pytest.raises(ConfigurationInvalid, match="twice"):
        build_client(RouterConfig(rate_limits=(rule(), rule())))


async def test_each_request_of_a_batch_counts(build_client: BuildClient) -> None:
    client = build_client(RouterConfig(rate_limits=(rule(),), batching=BatchingConfig(enabled=True)))
    answers = (await client.post([{"query": QUERY}] * 4)).json
    assert [answer.get("errors", [{}])[0].get("extensions", {}).get("code") for answer in answers] == [
        None,
        None,
        "RATE_LIMITED",
        "RATE_LIMITED",
    ]


async def test_a_client_that_accepts_only_a_stream_is_refused_in_the_same_way(build_client: BuildClient) -> None:
    client = build_client(RouterConfig(rate_limits=(rule(capacity=1),)))
    await client.query(QUERY)
    refused = await client.query(QUERY, headers={"accept": "text/event-stream"})
    assert (refused.status, refused.codes) == (429, ["RATE_LIMITED"])


async def test_a_client_may_have_only_so_many_requests_under_way(build_client: BuildClient, graph: SmallGraph) -> None:
    client = build_client(RouterConfig(limits=LimitsConfig(max_concurrent_requests_per_client=1)))
    slow = client.open("POST", "/graphql", {"content-type": "application/json"}, b'{"query": "{ slow }"}')
    running = asyncio.create_task(slow.run())
    await graph.slow_started.wait()
    refused = await client.query(QUERY)
    assert (refused.status, refused.codes) == (429, ["CONCURRENCY_EXCEEDED"])
    slow.gone.set()
    await running
    assert (await client.query(QUERY)).status == 200
    assert client.app.security.counts["rate_limited", "CONCURRENCY_EXCEEDED"] == 1
