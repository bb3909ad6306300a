"""The relay: in order, once taken over, tried again, and never losing anything."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.backoff import Backoff
from entrepot.shared.clock import SystemClock
from entrepot.shared.db import DatabaseUnavailable
from entrepot.shared.events import MemoryBus, Message, MessageRejected, Relay
from entrepot.shared.events.event import read_envelope
from entrepot.shared.events.outbox.relay import RelayRules
from entrepot.shared.events.tables import OUTBOX, OUTBOX_AGGREGATES
from tests.support.clock import ManualClock
from tests.support.kernel import Kernel, ThingChanged, open_kernel


class RecordingBus(MemoryBus):
    """The real bus, with faults on request and a note of what it carried."""

    def __init__(self) -> None:
        super().__init__()
        self.carried: dict[str, list[int]] = defaultdict(list)
        self.before: Callable[[str, int], None] = lambda _thing, _number: None

    async def publish(self, messages: Sequence[Message]) -> None:
        for message in messages:
            event = read_envelope(message.value).open()
            assert isinstance(event, ThingChanged)
            self.before(message.key, event.number)
            await super().publish([message])
            await asyncio.sleep(0)
            self.carried[message.key].append(event.number)


def relay_of(kernel: Kernel, bus: MemoryBus, **rules: object) -> Relay:
    return Relay("tests", kernel.database, bus, kernel.environment, RelayRules(**rules))  # type: ignore[arg-type]  # by name


LEASE = 0.6


async def send_all(*relays: Relay) -> None:
    while any(await asyncio.gather(*(relay.send_due() for relay in relays))):
        pass


class TestOrder:
    async def test_each_aggregate_in_the_order_of_its_making(self, kernel: Kernel) -> None:
        for number in range(30):
            await kernel.change("abc"[number % 3], number)
        bus = RecordingBus()
        await send_all(relay_of(kernel, bus, batch=4))
        assert bus.carried == {thing: list(range(start, 30, 3)) for start, thing in enumerate("abc")}
        assert all(row.delivered_at for row in await kernel.rows(OUTBOX))
        assert all(row.due_at is None for row in await kernel.rows(OUTBOX_AGGREGATES))

    async def test_however_many_relays_send_and_while_more_comes_in(self, kernel: Kernel) -> None:
        bus = RecordingBus()
        relays = [relay_of(kernel, bus, batch=3, aggregates=2) for _ in range(4)]

        async def produce() -> None:
            for number in range(40):
                await kernel.change("abcd"[number % 4], number)
                await asyncio.sleep(0)

        producing = asyncio.create_task(produce())
        while not producing.done():
            await send_all(*relays)
            await asyncio.sleep(0)
        await producing
        await send_all(*relays)
        assert bus.carried == {thing: list(range(start, 40, 4)) for start, thing in enumerate("abcd")}


class TestLease:
    async def test_is_taken_over_when_it_has_expired(self, kernel: Kernel) -> None:
        await kernel.change("a", 1, 2)
        stuck, reached = asyncio.Event(), asyncio.Event()
        bus = RecordingBus()

        async def hang(_message: Message) -> None:
            reached.set()
            await stuck.wait()

        await bus.subscribe("hangs", ["entrepot.kernel"], hang)
        first = asyncio.create_task(relay_of(kernel, bus, lease=LEASE).send_due())
        await reached.wait()
        healthy = RecordingBus()
        other = relay_of(kernel, healthy, lease=LEASE)
        assert await other.send_due() == 0
        await kernel.pass_lease(LEASE)
        assert await other.send_due() == 1
        assert healthy.carried == {"a": [1, 2]}
        # The one that hung wakes up: it has no more time, and stops where it is.
        stuck.set()
        await first
        assert bus.carried == {"a": [1]}
        assert all(row.delivered_at for row in await kernel.rows(OUTBOX))

    async def test_leaves_the_rest_when_half_of_it_is_over(self, kernel: Kernel) -> None:
        await kernel.change("a", 1, 2, 3)
        bus = RecordingBus()
        bus.before = lambda _thing, _number: kernel.clock.advance(40)
        relay = relay_of(kernel, bus, lease=120.0)
        assert await relay.send_due() == 1
        assert bus.carried == {"a": [1, 2]}
        await send_all(relay)
        assert bus.carried == {"a": [1, 2, 3]}

    async def test_is_renewed_as_long_as_the_bus_takes(self, kernel: Kernel) -> None:
        """A bus that hangs for many leases: nobody else sends meanwhile, and the rest is sent when it goes on."""
        await kernel.change("a", 1, 2)
        kernel.use_system_time()
        stuck, reached = asyncio.Event(), asyncio.Event()
        bus, other = RecordingBus(), RecordingBus()

        async def hang(_message: Message) -> None:
            reached.set()
            await stuck.wait()

        await bus.subscribe("hangs", ["entrepot.kernel"], hang)
        first = asyncio.create_task(relay_of(kernel, bus, lease=LEASE, poll=0.05).run())
        await reached.wait()
        second = asyncio.create_task(relay_of(kernel, other, lease=LEASE, poll=0.05).run())
        await asyncio.sleep(3 * LEASE)
        stuck.set()
        async with asyncio.timeout(10):
            while not all(row.delivered_at for row in await kernel.rows(OUTBOX)):
                await asyncio.sleep(0.02)
        for relay in (first, second):
            relay.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        assert (bus.carried, other.carried) == ({"a": [1, 2]}, {})

    async def test_one_relay_that_was_killed_is_replaced(self, kernel: Kernel) -> None:
        """Of two relays one dies with aggregates in its hands; the other sends them when the lease has run out."""
        kernel.use_system_time()
        for thing in "abc":
            await kernel.change(thing, 1, 2)
        reached = asyncio.Event()
        dead, alive = MemoryBus(), RecordingBus()

        async def hang(_message: Message) -> None:
            reached.set()
            await asyncio.Event().wait()

        await dead.subscribe("hangs", ["entrepot.kernel"], hang)
        killed = asyncio.create_task(relay_of(kernel, dead, lease=LEASE).run())
        await reached.wait()
        other = asyncio.create_task(relay_of(kernel, alive, lease=LEASE, poll=0.05).run())
        # As kill -9 does: no lease is given back.
        killed.cancel()
        await asyncio.gather(killed, return_exceptions=True)
        assert alive.carried == {}
        async with asyncio.timeout(10):
            while not all(row.delivered_at for row in await kernel.rows(OUTBOX)):
                await asyncio.sleep(0.02)
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)
        assert alive.carried == {thing: [1, 2] for thing in "abc"}

    async def test_a_relay_that_is_stopped_gives_its_leases_back(self, kernel: Kernel) -> None:
        kernel.use_system_time()
        await kernel.change("a", 1)
        reached = asyncio.Event()
        bus, other = MemoryBus(), RecordingBus()

        async def hang(_message: Message) -> None:
            reached.set()
            await asyncio.Event().wait()

        await bus.subscribe("hangs", ["entrepot.kernel"], hang)
        stopped = relay_of(kernel, bus)
        running = asyncio.create_task(stopped.run())
        await reached.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert await relay_of(kernel, other).send_due() == 0
        await stopped.release()
        assert await relay_of(kernel, other).send_due() == 1
        assert other.carried == {"a": [1]}

    async def test_a_relay_that_runs_again_goes_on_with_its_own_leases(self, kernel: Kernel) -> None:
        kernel.use_system_time()
        await kernel.change("a", 1)
        bus = MemoryBus()
        arrived = asyncio.Queue[str]()
        released = asyncio.Event()

        async def hang(message: Message) -> None:
            arrived.put_nowait(message.key)
            await released.wait()

        await bus.subscribe("hangs", ["entrepot.kernel"], hang)
        relay = relay_of(kernel, bus, lease=3600.0)
        for _ in range(2):
            running = asyncio.create_task(relay.run())
            assert await asyncio.wait_for(arrived.get(), 10) == "a"
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


class TestFaults:
    async def test_a_failing_bus_is_tried_again_ever_more_rarely(self, kernel: Kernel) -> None:
        await kernel.change("a", 1, 2)
        bus = RecordingBus()

        def fail(_thing: str, _number: int) -> None:
            raise OSError("down")

        bus.before = fail
        relay = relay_of(kernel, bus, backoff=Backoff(base=1.0, limit=8.0))
        pauses = []
        for _ in range(6):
            assert await relay.send_due() == 1
            (stream,) = await kernel.rows(OUTBOX_AGGREGATES)
            pauses.append((stream.due_at - kernel.clock.now()).total_seconds())
            assert await relay.send_due() == 0
            kernel.clock.advance(pauses[-1])
        for pause, nominal in zip(pauses, [1, 2, 4, 8, 8, 8], strict=True):
            assert nominal / 2 <= pause <= nominal
        bus.before = lambda _thing, _number: None
        await send_all(relay)
        assert bus.carried == {"a": [1, 2]}
        assert (await kernel.rows(OUTBOX_AGGREGATES))[0].attempts == 0

    async def test_one_failing_aggregate_holds_up_none_of_the_others(self, kernel: Kernel) -> None:
        for thing in "abc":
            await kernel.change(thing, 1, 2)
        bus = RecordingBus()

        def fail(thing: str, number: int) -> None:
            if (thing, number) == ("b", 2):
                raise OSError("down")

        bus.before = fail
        await send_all(relay_of(kernel, bus))
        assert bus.carried == {"a": [1, 2], "b": [1], "c": [1, 2]}

    async def test_what_the_bus_refuses_is_dead_and_the_rest_goes_on(self, kernel: Kernel) -> None:
        await kernel.change("a", 1, 2, 3)
        bus = RecordingBus()

        def refuse(_thing: str, number: int) -> None:
            if number == 2:
                raise MessageRejected("too large")

        bus.before = refuse
        await send_all(relay_of(kernel, bus))
        assert bus.carried == {"a": [1, 3]}
        rows = await kernel.rows(OUTBOX)
        assert [row.rejected_reason for row in rows] == [None, "too large", None]
        assert [row.delivered_at is None for row in rows] == [False, True, False]


class TestRun:
    async def test_sends_when_nudged_and_when_not(self, tmp_path: Path) -> None:
        async with open_kernel(tmp_path, ManualClock()) as kernel:
            bus = RecordingBus()
            arrived = asyncio.Queue[int]()

            async def receive(message: Message) -> None:
                event = read_envelope(message.value).open()
                assert isinstance(event, ThingChanged)
                arrived.put_nowait(event.number)

            await bus.subscribe("tests", ["entrepot.kernel"], receive)
            # Time goes by faster here than a database answers.
            relay = relay_of(kernel, bus, lease=3600.0)
            running = asyncio.create_task(relay.run())
            await kernel.change("a", 1)
            relay.notify()
            assert await arrived.get() == 1
            await kernel.change("a", 2)
            while arrived.empty():
                kernel.clock.advance(1)
                await asyncio.sleep(0)
            assert arrived.get_nowait() == 2
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

    async def test_a_slow_aggregate_holds_up_none_of_the_others(self, tmp_path: Path) -> None:
        async with open_kernel(tmp_path, ManualClock()) as kernel:
            bus = MemoryBus()
            arrived = asyncio.Queue[str]()
            released = asyncio.Event()

            async def receive(message: Message) -> None:
                arrived.put_nowait(message.key)
                if message.key == "slow":
                    await released.wait()

            await bus.subscribe("tests", ["entrepot.kernel"], receive)
            await kernel.change("slow", 1)
            relay = relay_of(kernel, bus)
            running = asyncio.create_task(relay.run())
            assert await arrived.get() == "slow"
            await kernel.change("quick", 1)
            relay.notify()
            assert await arrived.get() == "quick"
            released.set()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def test_outlives_a_database_that_fails(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        async with open_kernel(tmp_path, SystemClock()) as kernel:
            await kernel.change("a", 1)
            bus = MemoryBus()
            arrived = asyncio.Event()

            async def receive(_message: Message) -> None:
                arrived.set()

            await bus.subscribe("tests", ["entrepot.kernel"], receive)
            failures = iter([OSError("disk"), OSError("disk")])
            write = kernel.database.write

            def failing() -> object:
                for error in failures:
                    raise error
                return write()

            monkeypatch.setattr(kernel.database, "write", failing)
            running = asyncio.create_task(relay_of(kernel, bus).run())
            await arrived.wait()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            assert next(failures, None) is None

    @pytest.mark.parametrize(("failing", "sent"), [({1}, 1), ({2, 3}, 2)], ids=["lease", "settlement"])
    async def test_a_lease_that_a_failure_left_is_not_waited_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: set[int], sent: int
    ) -> None:
        """The connection breaks at the commit of a lease, which is made all the same, or twice within a settlement."""
        async with open_kernel(tmp_path, SystemClock()) as kernel:
            await kernel.change("a", 1)
            bus = RecordingBus()
            numbers = itertools.count(1)
            write = kernel.database.write

            @asynccontextmanager
            async def breaking() -> AsyncIterator[AsyncSession]:
                fails = next(numbers) in failing
                async with write() as session:
                    if fails and sent > 1:
                        raise DatabaseUnavailable
                    yield session
                if fails:
                    raise DatabaseUnavailable

            monkeypatch.setattr(kernel.database, "write", breaking)
            running = asyncio.create_task(relay_of(kernel, bus, lease=3600.0, poll=0.02).run())
            async with asyncio.timeout(10):
                while not all(row.delivered_at for row in await kernel.rows(OUTBOX)):
                    await asyncio.sleep(0.02)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            assert bus.carried == {"a": [1] * sent}

    async def test_leaves_no_task_behind(self, kernel: Kernel) -> None:
        kernel.use_system_time()
        for thing in "abc":
            await kernel.change(thing, 1)
        bus = MemoryBus()
        reached = asyncio.Event()

        async def hang(_message: Message) -> None:
            reached.set()
            await asyncio.Event().wait()

        await bus.subscribe("tests", ["entrepot.kernel"], hang)
        before = asyncio.all_tasks()
        running = asyncio.create_task(relay_of(kernel, bus).run())
        await reached.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert asyncio.all_tasks() == before
