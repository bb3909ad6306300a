"""The circuit breaker: it opens on failures, tries again with a few requests, and closes."""

import asyncio
from typing import Any

import pytest

from entrepot.router.config import CircuitBreakerConfig, ConcurrencyLimitConfig, RetryBudgetConfig, RetryConfig
from entrepot.router.errors import SubgraphCircuitOpen, SubgraphOverloaded, SubgraphTimedOut
from entrepot.router.execution import SubgraphResponse
from tests.support.scripted_transport import UNREACHABLE, Reply, Traffic, answer, ask, settle

BREAKER = CircuitBreakerConfig(minimum_requests=4, failure_rate_threshold=0.5, window=10, wait_duration_in_open_state=5)
NO_RETRY = RetryConfig(enabled=False)


def build(*replies: Reply, breaker: CircuitBreakerConfig = BREAKER, **options: Any) -> Traffic:
    return Traffic(*replies, circuit_breaker=breaker, retry=NO_RETRY, deduplicate=False, **options)


async def reply_to(traffic: Traffic, reply: Reply) -> Reply:
    """What a caller gets when the subgraph replies so; time stands still."""
    traffic.inner.replies = [reply]
    try:
        return await traffic.start()
    except Exception as error:  # noqa: BLE001 - what it is is asserted
        return error


def states(traffic: Traffic) -> list[str]:
    return [change.after for change in traffic.changes]


class TestOpening:
    @pytest.mark.parametrize("failure", [UNREACHABLE, answer(500), answer(503)])
    async def test_it_opens_at_the_rate_and_then_sends_nothing(self, failure: Reply) -> None:
        traffic = build()
        for reply in (answer(), answer(), failure, failure):
            assert await reply_to(traffic, reply) is reply
        refused = await reply_to(traffic, answer())
        assert isinstance(refused, SubgraphCircuitOpen)
        assert refused.to_graphql()["extensions"] == {"code": "SUBGRAPH_CIRCUIT_OPEN", "service": "shop"}
        assert len(traffic.inner.requests) == 4
        assert traffic.transport.report()["shop"].circuit == "open"

    async def test_few_requests_do_not_open_it(self) -> None:
        traffic = build()
        for _ in range(3):
            await reply_to(traffic, UNREACHABLE)
        assert traffic.changes == []

    async def test_what_a_client_did_wrong_is_no_failure(self) -> None:
        traffic = build()
        for _ in range(30):
            await reply_to(traffic, answer(400))
        assert traffic.changes == []

    async def test_the_window_moves_on(self) -> None:
        traffic = build()
        for _ in range(3):
            await reply_to(traffic, UNREACHABLE)
        traffic.clock.advance(10)
        for _ in range(3):
            await reply_to(traffic, UNREACHABLE)
        assert traffic.changes == []
        traffic.clock.advance(5)
        await reply_to(traffic, UNREACHABLE)
        assert states(traffic) == ["open"]

    async def test_a_subgraph_has_a_circuit_of_its_own(self) -> None:
        traffic = build()
        for _ in range(5):
            await reply_to(traffic, UNREACHABLE)
        traffic.inner.replies = [answer()]
        assert (await traffic.start(ask(subgraph="other"))).status == 200

    async def test_a_fetch_that_is_too_late_is_a_failure(self) -> None:
        traffic = build(timeout=0.02)
        traffic.inner.gate.clear()
        replies = await asyncio.gather(*(traffic.start() for _ in range(4)), return_exceptions=True)
        assert {type(reply) for reply in replies} == {SubgraphTimedOut}
        assert states(traffic) == ["open"]

    async def test_callers_that_leave_are_no_failures(self) -> None:
        traffic = build()
        traffic.inner.gate.clear()
        tasks = [traffic.start() for _ in range(30)]
        await settle()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert traffic.changes == []

    async def test_what_was_refused_for_want_of_a_place_is_no_failure(self) -> None:
        traffic = build(concurrency_limit=ConcurrencyLimitConfig(max_requests=1, queue_capacity=0))
        traffic.inner.gate.clear()
        first = traffic.start()
        await settle()
        for _ in range(30):
            assert isinstance(await reply_to(traffic, answer()), SubgraphOverloaded)
        traffic.inner.gate.set()
        await first
        assert traffic.changes == []


class TestClosing:
    async def opened(self, breaker: CircuitBreakerConfig = BREAKER) -> Traffic:
        traffic = build(breaker=breaker)
        for _ in range(4):
            await reply_to(traffic, UNREACHABLE)
        assert states(traffic) == ["open"]
        return traffic

    async def test_it_closes_with_an_answer_after_the_pause(self) -> None:
        traffic = await self.opened()
        traffic.clock.advance(4.9)
        assert isinstance(await reply_to(traffic, answer()), SubgraphCircuitOpen)
        traffic.clock.advance(0.2)
        assert isinstance(await reply_to(traffic, answer()), SubgraphResponse)
        assert states(traffic) == ["open", "half-open", "closed"]
        # What failed before it opened is forgotten.
        await reply_to(traffic, UNREACHABLE)
        assert traffic.transport.report()["shop"].circuit == "closed"

    async def test_one_failure_opens_it_again_for_the_whole_pause(self) -> None:
        traffic = await self.opened()
        traffic.clock.advance(5)
        assert await reply_to(traffic, UNREACHABLE) is UNREACHABLE
        assert states(traffic) == ["open", "half-open", "open"]
        traffic.clock.advance(4)
        assert isinstance(await reply_to(traffic, answer()), SubgraphCircuitOpen)

    async def test_only_probes_are_let_through_and_all_must_be_answered(self) -> None:
        traffic = await self.opened(
            CircuitBreakerConfig(
                minimum_requests=4,
                failure_rate_threshold=0.5,
                window=10,
                wait_duration_in_open_state=5,
                permitted_requests_in_half_open_state=2,
            )
        )
        traffic.clock.advance(5)
        traffic.inner.replies = [answer()]
        traffic.inner.gate.clear()
        probes = [traffic.start() for _ in range(2)]
        await settle()
        assert isinstance(await reply_to(traffic, answer()), SubgraphCircuitOpen)
        held, traffic.inner.gate = traffic.inner.gate, asyncio.Event()
        traffic.inner.gate.set()
        probes[0].cancel()
        await settle()
        # One answer is not enough.
        assert isinstance(await reply_to(traffic, answer()), SubgraphResponse)
        assert states(traffic) == ["open", "half-open"]
        held.set()
        await probes[1]
        assert states(traffic) == ["open", "half-open", "closed"]

    async def test_a_probe_whose_caller_leaves_makes_room_for_another(self) -> None:
        traffic = await self.opened()
        traffic.clock.advance(5)
        traffic.inner.gate.clear()
        probe = traffic.start()
        await settle()
        probe.cancel()
        await asyncio.gather(probe, return_exceptions=True)
        traffic.inner.gate.set()
        assert isinstance(await reply_to(traffic, answer()), SubgraphResponse)
        assert states(traffic)[-1] == "closed"

    async def test_what_was_sent_before_it_opened_says_nothing_afterwards(self) -> None:
        traffic = build()
        traffic.inner.gate.clear()
        late = [traffic.start(ask(b"late")) for _ in range(4)]
        await settle()
        # Others fail meanwhile, and one is let through when the pause is over.
        held, traffic.inner.gate = traffic.inner.gate, asyncio.Event()
        traffic.inner.gate.set()
        for _ in range(4):
            await reply_to(traffic, UNREACHABLE)
        traffic.clock.advance(5)
        traffic.inner.gate.clear()
        probe = traffic.start()
        await settle()
        assert states(traffic) == ["open", "half-open"]
        held.set()
        assert await asyncio.gather(*late, return_exceptions=True) == [UNREACHABLE] * 4
        assert states(traffic) == ["open", "half-open"]
        traffic.inner.replies = [answer()]
        traffic.inner.gate.set()
        await probe
        assert states(traffic) == ["open", "half-open", "closed"]


async def test_an_open_circuit_is_not_asked_again() -> None:
    traffic = Traffic(
        UNREACHABLE,
        circuit_breaker=BREAKER,
        retry=RetryConfig(max_attempts=9, retry_budget=RetryBudgetConfig(burst=100)),
    )
    task = traffic.start()
    while not task.done():
        await settle()
        traffic.clock.advance(0.01)
    assert isinstance(task.exception(), SubgraphCircuitOpen)
    assert len(traffic.inner.requests) == 4
