"""Streams from subgraphs: one for all who ask the same, opened again when they break, nobody waits for the slow."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from entrepot.router.config import SubscriptionDeduplicationConfig
from entrepot.router.errors import SubgraphUnavailable, SubscriberTooSlow
from entrepot.router.execution import SubgraphRequest
from entrepot.router.execution.transports.subgraph_client import describe_failure
from entrepot.router.traffic.subscription_deduplication import SubscriptionDeduplication
from entrepot.shared.randomness import SeededRandomness
from tests.support.clock import ManualClock
from tests.support.scripted_transport import END, ScriptedTransport

LIVE = SubscriptionDeduplicationConfig(live_subgraphs=("people",), queue_capacity=3)


class Listener:
    """Someone who takes events from a stream, as fast as they come unless it is told to wait."""

    def __init__(self, streams: SubscriptionDeduplication, request: SubgraphRequest, *, is_slow: bool = False) -> None:
        self.events: list[bytes] = []
        self.failure: Exception | None = None
        self.may_go_on = asyncio.Event()
        if not is_slow:
            self.may_go_on.set()
        self.task = asyncio.create_task(self._listen(streams, request))

    async def _listen(self, streams: SubscriptionDeduplication, request: SubgraphRequest) -> None:
        try:
            async with aclosing(streams.stream(request)) as events:
                async for event in events:
                    self.events.append(event)
                    await self.may_go_on.wait()
        except (SubgraphUnavailable, SubscriberTooSlow) as error:
            self.failure = error

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def settle(turns: int = 50) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


def ask(body: bytes = b"{}", *, identity: Any = "ada", headers: dict[str, str] | None = None) -> SubgraphRequest:
    return SubgraphRequest("people", "http://people.test", body, headers or {}, identity=identity)


def broken() -> SubgraphUnavailable:
    return describe_failure("people", "broke off the subscription")


@pytest.fixture
def upstream() -> ScriptedTransport:
    return ScriptedTransport(is_fed=True)


@pytest.fixture
def build(upstream: ScriptedTransport, clock: ManualClock) -> Callable[..., SubscriptionDeduplication]:
    return lambda config=LIVE: SubscriptionDeduplication(upstream, config, clock, SeededRandomness(1))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


class TestSharing:
    async def test_the_same_request_of_the_same_caller_is_one_stream(
        self, build: Callable[..., SubscriptionDeduplication], upstream: ScriptedTransport
    ) -> None:
        streams = build()
        first = Listener(streams, ask(headers={"traceparent": "1"}))
        await settle()
        upstream.feed(b"1")
        await settle()
        second = Listener(streams, ask(headers={"traceparent": "2"}))
        await settle()
        upstream.feed(b"2", b"3", END)
        await asyncio.gather(first.task, second.task)
        assert (first.events, second.events) == ([b"1", b"2", b"3"], [b"2", b"3"])
        assert (len(upstream.openings), upstream.closed) == (1, 1)

    @pytest.mark.parametrize("other", [ask(b"[]"), ask(identity="grace"), ask(headers={"accept-language": "de"})])
    async def test_any_other_is_another(
        self, build: Callable[..., SubscriptionDeduplication], upstream: ScriptedTransport, other: SubgraphRequest
    ) -> None:
        streams = build()
        listeners = [Listener(streams, ask()), Listener(streams, other)]
        await settle()
        assert len(upstream.openings) == 2
        for listener in listeners:
            await listener.leave()

    async def test_a_stream_that_may_begin_with_what_was_is_joined_before_its_first_event_only(
        self, build: Callable[..., SubscriptionDeduplication], upstream: ScriptedTransport
    ) -> None:
        streams = build(SubscriptionDeduplicationConfig())
        early = [Listener(streams, ask()), Listener(streams, ask())]
        await settle()
        upstream.feed(b"1")
        await settle()
        late = Listener(streams, ask())
        await settle()
        upstream.feed(b"1", b"2", END)
        upstream.feed(b"2", END, opening=0)
        await asyncio.gather(*(listener.task for listener in (*early, late)))
        assert [listener.events for listener in (*early, late)] == [[b"1", b"2"]] * 3
        assert len(upstream.openings) == 2

    async def test_it_lasts_as_long_as_anyone_listens(
        self, build: Callable[..., SubscriptionDeduplication], upstream: ScriptedTransport
    ) -> None:
        streams = build()
        first, second = Listener(streams, ask()), Listener(streams, ask())
        await settle()
        await first.leave()
        assert upstream.closed == 0
        upstream.feed(b"1")
        await settle()
        assert second.events == [b"1"]
        await second.leave()
        assert upstream.closed == 1
        third = Listener(streams, ask())
        await settle()
        assert len(upstream.openings) == 2
        await third.leave()

    async def test_requests_go_through(
        self, build: Callable[..., SubscriptionDeduplication], upstream: ScriptedTransport
    ) -> None:
        request = ask()
        assert (await build().send(request)).status == 200
        assert upstream.requests == [request]


class TestTheSlow:
    async def test_who_shares_is_closed_with_a_reason_and_harms_nobody(
        self, build: Callable[..., SubscriptionDeduplication], upstream: ScriptedTransport
    ) -> None:
        streams = build()
        slow, quick = Listener(streams, ask(), is_slow=True), Listener(streams, ask())
        await settle()
        events = [b"%d" % number for number in range(8)]
        for event in events:
            upstream.feed(event)
            await settle()
        assert quick.events == events
        slow.may_go_on.set()
        await slow.task
        # One was taken, three waited; the rest came too fast.
        assert slow.events == events[:4]
        assert slow.failure is not None
        assert slow.failure.to_graphql()["extensions"]["code"] == "SUBSCRIBER_TOO_SLOW"  # type: ignore[attr-defined]  # asserted not to be None
        upstream.feed(b"9", END)
        await quick.task
        assert quick.events == [*events, b"9"]

    async def test_bytes_that_wait_are_bounded_like_events(
        self, build: Callable[..., SubscriptionDeduplication], upstream: ScriptedTransport
    ) -> None:
        streams = build(SubscriptionDeduplicationConfig(queue_max_bytes=100))
        slow, quick = Listener(streams, ask(), is_slow=True), Listener(streams, ask())
        await settle()
        events = [b"%060d" % number for number in range(5)]
        for event in events:
            upstream.feed(event)
            await settle()
        slow.may_go_on.set()
        await slow.task
        assert (slow.events, quick.events) == (events[:3], events)
        assert isinstance(slow.failure, SubscriberTooSlow)
        await quick.leave()

    async def test_who_is_alone_may_take_its_time(
        self, build: Callable[..., SubscriptionDeduplication], upstream: ScriptedTransport
    ) -> None:
        streams = build()
        slow = Listener(streams, ask(), is_slow=True)
        await settle()
        events = [b"%d" % number for number in range(20)]
        upstream.feed(*events, END)
        await settle()
        slow.may_go_on.set()
        await slow.task
        assert (slow.events, slow.failure) == (events, None)

    async def test_it_is_closed_when_another_joins(
        self, build: Callable[..., SubscriptionDeduplication], upstream: ScriptedTransport
    ) -> None:
        streams = build()
        slow = Listener(streams, ask(), is_slow=True)
        await settle()
        upstream.feed(*(b"%d" % number for number in range(6)))
        await settle()
        quick = Listener(streams, ask())
        await settle()
        assert quick.events == [b"4", b"5"]
        slow.may_go_on.set()
        await slow.task
        assert isinstance(slow.failure, SubscriberTooSlow)
        await quick.leave()

    async def test_a_burst_closes_nobody_who_keeps_up(
        self, build: Callable[..., SubscriptionDeduplication], upstream: ScriptedTransport
    ) -> None:
        streams = build()
        listeners = [Listener(streams, ask()) for _ in range(5)]
        await settle()
        events = [b"%d" % number for number in range(200)]
        upstream.feed(*events, END)
        await asyncio.gather(*(listener.task for listener in listeners))
        assert [listener.events for listener in listeners] == [events] * 5


class TestReopening:
    async def pass_pause(self, clock: ManualClock) -> None:
        await settle()
        clock.advance(60)
        await settle()

    async def test_a_live_stream_goes_on_for_all(
        self, build: Callable[..., SubscriptionDeduplication], upstream: ScriptedTransport, clock: ManualClock
    ) -> None:
        streams = build()
        listeners = [Listener(streams, ask()), Listener(streams, ask())]
        await settle()
        upstream.feed(b"1", broken())
        await self.pass_pause(clock)
        upstream.feed(b"2", END)
        await asyncio.gather(*(listener.task for listener in listeners))
        assert [listener.events for listener in listeners] == [[b"1", b"2"]] * 2
        assert len(upstream.openings) == 2

    async def test_the_pauses_grow_and_differ(
        self, build: Callable[..., SubscriptionDeduplication], upstream: ScriptedTransport, clock: ManualClock
    ) -> None:
        pauses: list[float] = []
        sleep = clock.sleep

        async def record(seconds: float) -> None:
            pauses.append(seconds)
            await sleep(seconds)

        clock.sleep = record  # type: ignore[method-assign]  # the pauses themselves are looked at
        listener = Listener(
            build(SubscriptionDeduplicationConfig(max_reconnect_attempts=5, backoff=1, max_backoff=6)), ask()
        )
        await settle()
        for _ in range(5):
            upstream.feed(broken())
            await self.pass_pause(clock)
        upstream.feed(END)
        await listener.task
        nominal = [1, 2, 4, 6, 6]
        assert all(limit / 2 <= pause <= limit for pause, limit in zip(pauses, nominal, strict=True))
        assert pauses[3] != pauses[4]

    async def test_all_are_told_when_it_is_given_up(
        self, build: Callable[..., SubscriptionDeduplication], upstream: ScriptedTransport, clock: ManualClock
    ) -> None:
        streams = build(SubscriptionDeduplicationConfig(max_reconnect_attempts=2))
        listeners = [Listener(streams, ask()), Listener(streams, ask())]
        await settle()
        for _ in range(3):
            upstream.feed(broken())
            await self.pass_pause(clock)
        await asyncio.gather(*(listener.task for listener in listeners))
        for listener in listeners:
            assert isinstance(listener.failure, SubgraphUnavailable)
            assert "2 attempts to open it again failed" in listener.failure.message
        assert len(upstream.openings) == 3

    async def test_events_that_were_heard_are_not_asked_for_again(
        self, build: Callable[..., SubscriptionDeduplication], upstream: ScriptedTransport
    ) -> None:
        listener = Listener(build(SubscriptionDeduplicationConfig()), ask())
        await settle()
        upstream.feed(b"1", broken())
        await listener.task
        assert listener.events == [b"1"]
        assert listener.failure is not None
        assert "broke off the subscription" in str(listener.failure)
        assert len(upstream.openings) == 1

    @pytest.mark.parametrize(
        "failure",
        [describe_failure("people", "does not speak it", is_transient=False), RuntimeError("a fault of ours")],
    )
    async def test_what_would_fail_again_is_not_tried_again(
        self, build: Callable[..., SubscriptionDeduplication], upstream: ScriptedTransport, failure: Exception
    ) -> None:
        listener = Listener(build(), ask())
        await settle()
        upstream.feed(failure)
        await listener.task
        assert isinstance(listener.failure, SubgraphUnavailable)
        assert "fault of ours" not in listener.failure.message

    async def test_the_identity_is_signed_anew(
        self, build: Callable[..., SubscriptionDeduplication], upstream: ScriptedTransport, clock: ManualClock
    ) -> None:
        request = SubgraphRequest(
            "people", "http://people.test", b"{}", {"token": "1"}, renew_headers=lambda: {"token": "2"}
        )
        listener = Listener(build(), request)
        await settle()
        upstream.feed(broken())
        await self.pass_pause(clock)
        assert [opened.headers for opened, _ in upstream.openings] == [{"token": "1"}, {"token": "2"}]
        await listener.leave()
