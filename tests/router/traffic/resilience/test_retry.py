"""Reads that failed in passing are asked again, within a budget; nothing else is."""

import asyncio
from datetime import timedelta
from email.utils import format_datetime

import pytest

from entrepot.router.config import RetryBudgetConfig, RetryConfig
from entrepot.router.errors import SubgraphTimedOut, SubgraphUnavailable
from entrepot.router.execution import SubgraphResponse
from entrepot.router.execution.transports.subgraph_client import describe_failure
from tests.support.scripted_transport import UNREACHABLE, Traffic, answer, ask, settle


class TestWhatIsAskedAgain:
    @pytest.mark.parametrize("failure", [UNREACHABLE, answer(502), answer(503), answer(504)])
    async def test_a_passing_failure(self, failure: SubgraphResponse | Exception) -> None:
        traffic = Traffic(failure, answer(200))
        reply = await traffic.send()
        assert isinstance(reply, SubgraphResponse)
        assert (reply.status, len(traffic.inner.requests)) == (200, 2)
        assert traffic.transport.report()["shop"].retries == 1

    @pytest.mark.parametrize(
        "reply",
        [
            answer(200),
            answer(400),
            answer(500),
            answer(501),
            describe_failure("shop", "answered with more than 5 bytes", is_transient=False),
        ],
    )
    async def test_not_what_would_come_again(self, reply: SubgraphResponse | Exception) -> None:
        traffic = Traffic(reply, answer(200))
        given = await traffic.send()
        assert given is reply
        assert len(traffic.inner.requests) == 1

    @pytest.mark.parametrize("failure", [UNREACHABLE, answer(503)])
    async def test_never_a_mutation(self, failure: SubgraphResponse | Exception) -> None:
        traffic = Traffic(failure, answer(200))
        assert await traffic.send(ask(is_mutation=True)) is failure
        assert len(traffic.inner.requests) == 1

    async def test_the_last_failure_stands(self) -> None:
        traffic = Traffic(UNREACHABLE, answer(503), UNREACHABLE, answer(200))
        assert await traffic.send() is UNREACHABLE
        assert len(traffic.inner.requests) == 3

    async def test_nothing_when_it_is_off(self) -> None:
        traffic = Traffic(UNREACHABLE, answer(200), retry=RetryConfig(enabled=False))
        assert await traffic.send() is UNREACHABLE

    async def test_an_attempt_that_is_too_late(self) -> None:
        traffic = Traffic(attempt_timeout=0.02)
        traffic.inner.gate.clear()
        task = traffic.start()
        while len(traffic.inner.requests) < 3:
            await asyncio.sleep(0.005)
            traffic.clock.advance(1)
        traffic.inner.gate.set()
        assert (await task).status == 200

    async def test_not_beyond_the_whole_timeout(self) -> None:
        traffic = Traffic(timeout=0.05, attempt_timeout=0.02)
        traffic.inner.gate.clear()
        with pytest.raises(SubgraphTimedOut):
            await traffic.start()
        # The pause would have been longer than the time that was left, or was cut by its end.
        assert len(traffic.inner.requests) == 1
        assert traffic.inner.in_flight == 0


class TestPauses:
    async def pauses(self, traffic: Traffic, count: int) -> list[float]:
        """How long it waits before each of its next attempts, to a thousandth."""
        before = len(traffic.inner.requests)
        task = traffic.start()
        found = []
        for attempt in range(before + 1, before + count + 1):
            await settle()
            begun = traffic.clock.monotonic()
            while len(traffic.inner.requests) == attempt and not task.done():
                traffic.clock.advance(0.001)
                await settle()
            found.append(traffic.clock.monotonic() - begun)
        task.cancel()
        return found

    async def test_they_grow_and_differ(self) -> None:
        config = RetryConfig(max_attempts=9, backoff=0.1, max_backoff=0.4, retry_budget=RetryBudgetConfig(burst=1000))
        traffic = Traffic(UNREACHABLE, retry=config)
        runs = [await self.pauses(traffic, 4) for _ in range(12)]
        for position, longest in enumerate((0.1, 0.2, 0.4, 0.4)):
            seen = [run[position] for run in runs]
            assert max(seen) <= longest + 0.002
            assert max(seen) > longest / 2
            assert len({round(pause, 3) for pause in seen}) > 6

    async def test_retry_after_in_seconds_is_waited_for(self) -> None:
        traffic = Traffic(answer(503, retry_after="1"), answer(200))
        [pause] = await self.pauses(traffic, 1)
        assert 1.0 <= pause <= 1.06

    async def test_retry_after_as_a_date_is_waited_for(self) -> None:
        traffic = Traffic()
        moment = format_datetime(traffic.clock.now() + timedelta(seconds=1), usegmt=True)
        traffic.inner.replies = [answer(503, retry_after=moment), answer(200)]
        [pause] = await self.pauses(traffic, 1)
        assert 1.0 <= pause <= 1.06

    async def test_a_retry_after_that_is_too_long_lets_the_failure_stand(self) -> None:
        for text in ("3", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"):
            busy = answer(503, retry_after=text)
            traffic = Traffic(busy, answer(200))
            assert await traffic.send() is busy

    @pytest.mark.parametrize("text", ["soon", "-5", "", "Thu, 01 Jan 1970 00:00:00 GMT", "1e3"])
    async def test_a_retry_after_that_says_nothing_is_passed_over(self, text: str) -> None:
        traffic = Traffic(answer(503, retry_after=text), answer(200))
        reply = await traffic.send()
        assert isinstance(reply, SubgraphResponse)
        assert reply.status == 200

    async def test_a_pause_that_outlasts_the_deadline_is_not_begun(self) -> None:
        busy = answer(503, retry_after="1")
        traffic = Traffic(busy, answer(200), timeout=0.5)
        assert await asyncio.wait_for(traffic.start(), 0.3) is busy


class TestBudget:
    async def test_retries_never_multiply_the_load(self) -> None:
        traffic = Traffic(
            UNREACHABLE, retry=RetryConfig(max_attempts=5, retry_budget=RetryBudgetConfig(ratio=0.1, burst=3))
        )
        for number in range(500):
            assert isinstance(await traffic.send(ask(str(number).encode())), SubgraphUnavailable)
        assert 500 + 45 <= len(traffic.inner.requests) <= 500 + 53

    async def test_what_goes_well_fills_it_again(self) -> None:
        traffic = Traffic(
            UNREACHABLE, retry=RetryConfig(max_attempts=2, retry_budget=RetryBudgetConfig(ratio=0.5, burst=1))
        )
        for _ in range(3):
            await traffic.send()
        traffic.inner.replies = [answer()]
        for _ in range(10):
            await traffic.send()
        traffic.inner.replies = [UNREACHABLE, answer()]
        assert isinstance(await traffic.send(), SubgraphResponse)

    async def test_a_share_of_nothing_is_no_retry(self) -> None:
        traffic = Traffic(UNREACHABLE, retry=RetryConfig(retry_budget=RetryBudgetConfig(ratio=0.0, burst=0)))
        for _ in range(20):
            await traffic.send()
        assert len(traffic.inner.requests) == 20
