"""Identical reads under way share an answer; a private answer never reaches anybody else."""

import asyncio
from typing import Any

import pytest

from entrepot.router.config import RetryConfig, SubgraphTrafficConfig
from entrepot.router.errors import SubgraphTimedOut, SubgraphUnavailable
from entrepot.router.execution import SubgraphRequest, SubgraphResponse
from entrepot.shared.auth import ANONYMOUS, IDENTITY_HEADER, Principal
from tests.support.scripted_transport import UNREACHABLE, Reply, Traffic, answer, ask, settle

ADA = Principal("usr_ada", frozenset({"orders:read"}))


def build(*replies: Reply, **options: Any) -> Traffic:
    traffic = Traffic(*replies, **{"retry": RetryConfig(enabled=False), **options})
    traffic.inner.gate.clear()
    return traffic


async def count_sent(*requests: SubgraphRequest) -> int:
    """How many are sent of requests that begin at the same time."""
    traffic = build()
    tasks = [traffic.start(request) for request in requests]
    await settle()
    traffic.inner.gate.set()
    await asyncio.gather(*tasks)
    return len(traffic.inner.requests)


class TestWhoShares:
    async def test_equal_reads(self) -> None:
        assert await count_sent(*(ask() for _ in range(20))) == 1

    async def test_tracing_tells_nobody_apart(self) -> None:
        first = {"x-request-id": "1", "traceparent": "00-1", "tracestate": "a", "x-tenant": "t"}
        second = {"x-tenant": "t", "x-request-id": "2", "traceparent": "00-2", "tracestate": "b"}
        assert await count_sent(ask(headers=first), ask(headers=second)) == 1

    @pytest.mark.parametrize(
        "other",
        [
            ask(b"{b}", headers={"x-tenant": "t"}),
            ask(headers={"x-tenant": "u"}),
            ask(headers={}),
            ask(headers={"x-tenant": "t", "authorization": "Bearer x"}),
            ask(headers={"x-tenant": "t", "baggage": "user=x"}),
            ask(headers={"x-tenant": "t"}, subgraph="other"),
            SubgraphRequest("shop", "http://elsewhere.test", b"{a}", {"x-tenant": "t"}),
        ],
    )
    async def test_not_where_anything_differs_that_can_change_the_answer(self, other: SubgraphRequest) -> None:
        assert await count_sent(ask(headers={"x-tenant": "t"}), other) == 2

    async def test_never_mutations(self) -> None:
        assert await count_sent(*(ask(is_mutation=True) for _ in range(3))) == 3

    async def test_not_when_it_is_off(self) -> None:
        traffic = build(deduplicate=True, subgraphs={"shop": SubgraphTrafficConfig(deduplicate=False)})
        tasks = [traffic.start(ask(subgraph=name)) for name in ("shop", "shop", "other", "other")]
        await settle()
        traffic.inner.gate.set()
        await asyncio.gather(*tasks)
        assert [request.subgraph for request in traffic.inner.requests] == ["shop", "shop", "other"]

    async def test_one_that_has_ended_is_not_kept(self) -> None:
        traffic = build(answer(body=b"1"), answer(body=b"2"))
        traffic.inner.gate.set()
        assert [(await traffic.start()).body for _ in range(2)] == [b"1", b"2"]


class TestIdentity:
    async def test_equal_identities_share_whatever_their_tokens_say(self) -> None:
        again = Principal("usr_ada", frozenset({"orders:read"}))
        tokens = [(ADA, "signed at noon"), (again, "signed a second later")]
        requests = [ask(headers={IDENTITY_HEADER: token}, identity=principal) for principal, token in tokens]
        assert await count_sent(*requests) == 1

    @pytest.mark.parametrize(
        "other",
        [
            ANONYMOUS,
            Principal("usr_bob", frozenset({"orders:read"})),
            Principal("usr_ada", frozenset({"orders:read", "orders:write"})),
            Principal("usr_ada", frozenset({"orders:read"}), roles=("admin",)),
            Principal("usr_ada", frozenset({"orders:read"}), session_id="s2"),
        ],
    )
    async def test_different_ones_never_do(self, other: Principal) -> None:
        """Even under one token, which would be a fault elsewhere."""
        headers = {IDENTITY_HEADER: "the same"}
        assert await count_sent(ask(headers=headers, identity=ADA), ask(headers=headers, identity=other)) == 2

    async def test_without_an_identity_the_header_counts(self) -> None:
        assert await count_sent(*(ask(headers={IDENTITY_HEADER: token}) for token in ("a", "b"))) == 2


class TestWaiting:
    async def test_nothing_mutable_is_shared(self) -> None:
        traffic = build(answer(body=b"x", x_a="1"))
        tasks = [traffic.start() for _ in range(3)]
        await settle()
        traffic.inner.gate.set()
        replies = await asyncio.gather(*tasks)
        assert [reply.body for reply in replies] == [b"x"] * 3
        assert len({id(reply.headers) for reply in replies}) == 3
        assert traffic.transport.report()["shop"].deduplicated == 2

    async def test_a_failure_is_shared_but_not_the_exception(self) -> None:
        traffic = build(UNREACHABLE)
        tasks = [traffic.start() for _ in range(3)]
        await settle()
        traffic.inner.gate.set()
        failures = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(failure, SubgraphUnavailable) for failure in failures)
        assert len({id(failure) for failure in failures}) == 3
        assert {str(failure) for failure in failures} == {str(UNREACHABLE)}
        assert len(traffic.inner.requests) == 1

    async def test_who_waits_may_leave_without_harm_to_others(self) -> None:
        traffic = build()
        tasks = [traffic.start() for _ in range(4)]
        await settle()
        tasks[2].cancel()
        await settle()
        traffic.inner.gate.set()
        replies = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(reply, SubgraphResponse) for reply in replies] == [True, True, False, True]
        assert len(traffic.inner.requests) == 1

    async def test_when_the_one_who_asked_leaves_one_other_asks(self) -> None:
        traffic = build()
        tasks = [traffic.start() for _ in range(5)]
        await settle()
        tasks[0].cancel()
        await settle()
        assert traffic.inner.in_flight == 1
        tasks[1].cancel()
        await settle()
        assert traffic.inner.in_flight == 1
        traffic.inner.gate.set()
        replies = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(reply, SubgraphResponse) for reply in replies] == [False, False, True, True, True]
        assert len(traffic.inner.requests) == 3

    async def test_each_is_bounded_by_the_timeout(self) -> None:
        traffic = build(timeout=0.05)
        tasks = [traffic.start() for _ in range(3)]
        replies = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 2)
        assert [type(reply) for reply in replies] == [SubgraphTimedOut] * 3
        assert len(traffic.inner.requests) == 1

    async def test_an_answer_with_cookies_is_for_one_alone(self) -> None:
        traffic = build(
            SubgraphResponse(200, {"set-cookie": "session=1"}, b"1", ("session=1",)),
            SubgraphResponse(200, {"set-cookie": "session=2"}, b"2", ("session=2",)),
            SubgraphResponse(200, {"set-cookie": "session=3"}, b"3", ("session=3",)),
        )
        tasks = [traffic.start() for _ in range(3)]
        await settle()
        traffic.inner.gate.set()
        assert [reply.cookies for reply in await asyncio.gather(*tasks)] == [
            ("session=1",),
            ("session=2",),
            ("session=3",),
        ]

    @pytest.mark.parametrize("outcome", [answer(), UNREACHABLE])
    async def test_who_reads_after_a_mutation_does_not_join_what_began_before_it(self, outcome: Reply) -> None:
        traffic = build()
        before = traffic.start()
        await settle()
        held, traffic.inner.gate = traffic.inner.gate, asyncio.Event()
        traffic.inner.gate.set()
        traffic.inner.replies = [outcome, answer(body=b"new"), answer(body=b"old")]
        await asyncio.gather(traffic.start(ask(b"change", is_mutation=True)), return_exceptions=True)
        assert (await traffic.start()).body == b"new"
        held.set()
        assert (await before).body == b"old"
