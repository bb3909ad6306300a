"""The consumer: an effect happens once, and what cannot be dealt with is kept, with the reason."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest

from entrepot.shared.audit import Actor
from entrepot.shared.events import Consumer, MemoryBus, Message, UnitOfWork
from entrepot.shared.events.bus.bus import MessageNotYetKnown
from entrepot.shared.events.event import Envelope, read_envelope
from entrepot.shared.events.inbox.consumer import UNREADABLE, ConsumerRules
from entrepot.shared.events.inbox.handler import Handler
from entrepot.shared.events.operations.administration import Decision, retry_dead_letter
from entrepot.shared.events.tables import DEAD_LETTERS, INBOX, OUTBOX
from entrepot.shared.telemetry import current_trace
from tests.support.kernel import Functions, Kernel, ThingChanged, ThingRenamed, ThingRenamedV2, handlers_of, note_effect

Handle = Callable[[UnitOfWork[Any], Any], Awaitable[None]]
CHANGED = ThingChanged(thing_id="a", number=1)


async def count(unit: UnitOfWork[Any], event: ThingChanged) -> None:
    await note_effect(unit, f"count {event.number}")


async def mirror(unit: UnitOfWork[Any], event: ThingChanged) -> None:
    await note_effect(unit, f"mirror {event.number}")


def failing(times: int) -> Handle:
    """A handler that fails so often after its effect, and then takes it."""
    left = [times]

    async def stumble(unit: UnitOfWork[Any], event: ThingChanged) -> None:
        await note_effect(unit, f"stumble {event.number}")
        if left[0]:
            left[0] -= 1
            raise ValueError("not yet")

    return stumble


def consumer_of(kernel: Kernel, handlers: Functions) -> Consumer[None]:
    return Consumer(handlers_of(handlers), kernel.transactions, ConsumerRules(attempts=3))


def message_of(envelope: Envelope) -> Message:
    return Message("entrepot.kernel", envelope.subject, envelope.to_json())


class TestOnce:
    async def test_however_often_it_comes(self, kernel: Kernel) -> None:
        consumer = consumer_of(kernel, {ThingChanged: (count, mirror)})
        message = message_of(kernel.envelope(CHANGED))
        for _ in range(3):
            await consumer.receive(message)
        assert await kernel.effects() == ["count 1", "mirror 1"]
        assert len(await kernel.rows(INBOX)) == 2

    async def test_when_it_comes_several_times_at_once(self, kernel: Kernel) -> None:
        consumers = [consumer_of(kernel, {ThingChanged: (count, mirror)}) for _ in range(2)]
        message = message_of(kernel.envelope(CHANGED))
        await asyncio.gather(*(consumer.receive(message) for consumer in consumers * 5))
        assert sorted(await kernel.effects()) == ["count 1", "mirror 1"]

    async def test_another_event_of_the_same_kind_is_another_effect(self, kernel: Kernel) -> None:
        consumer = consumer_of(kernel, {ThingChanged: (count,)})
        for _ in range(2):
            await consumer.receive(message_of(kernel.envelope(CHANGED)))
        assert await kernel.effects() == ["count 1", "count 1"]

    async def test_cancelled_in_the_middle_it_has_not_happened(self, kernel: Kernel) -> None:
        inside = asyncio.Event()

        async def hang(unit: UnitOfWork[Any], _event: ThingChanged) -> None:
            await note_effect(unit, "half")
            inside.set()
            await asyncio.Event().wait()

        message = message_of(kernel.envelope(CHANGED))
        receiving = asyncio.create_task(consumer_of(kernel, {ThingChanged: (hang,)}).receive(message))
        await inside.wait()
        receiving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await receiving
        assert await kernel.effects() == await kernel.rows(INBOX) == []
        await consumer_of(kernel, {ThingChanged: (count,)}).receive(message)
        assert await kernel.effects() == ["count 1"]


class TestNames:
    """A handler is its name, whatever its function is called."""

    async def test_a_renamed_function_does_not_take_effect_again(self, kernel: Kernel) -> None:
        message = message_of(kernel.envelope(CHANGED))
        await Consumer({ThingChanged: (Handler("thing-counter", count),)}, kernel.transactions).receive(message)
        await Consumer({ThingChanged: (Handler("thing-counter", mirror),)}, kernel.transactions).receive(message)
        assert await kernel.effects() == ["count 1"]
        assert [row.handler for row in await kernel.rows(INBOX)] == ["thing-counter"]

    async def test_what_a_former_name_handled_is_handled(self, kernel: Kernel) -> None:
        old, new = kernel.envelope(CHANGED), kernel.envelope(ThingChanged(thing_id="b", number=2))
        before = Consumer({ThingChanged: (Handler("count", count),)}, kernel.transactions)
        await before.receive(message_of(old))
        renamed = Handler("thing-counter", count, former_names=("count",))
        consumer = Consumer({ThingChanged: (renamed,)}, kernel.transactions)
        for envelope in (old, new, old):
            await consumer.receive(message_of(envelope))
        assert await kernel.effects() == ["count 1", "count 2"]

    async def test_a_dead_letter_under_a_former_name_is_retried(self, kernel: Kernel) -> None:
        message = message_of(kernel.envelope(CHANGED))
        await consumer_of(kernel, {ThingChanged: (failing(99),)}).receive(message)
        (letter,) = await kernel.rows(DEAD_LETTERS)
        async with kernel.transactions.begin() as unit:
            await retry_dead_letter(
                unit, Decision(Actor("usr_1"), ""), event_id=letter.event_id, handler=letter.handler
            )
        renamed = Handler("thing-counter", count, former_names=(letter.handler,))
        await Consumer({ThingChanged: (renamed,)}, kernel.transactions).retry_letters(kernel.transactions)
        assert await kernel.effects() == ["count 1"]
        assert await kernel.rows(DEAD_LETTERS) == []

    async def test_two_handlers_of_one_event_share_no_name(self, kernel: Kernel) -> None:
        handlers = (Handler("a", count), Handler("b", mirror, former_names=("a",)))
        with pytest.raises(ValueError, match="share a name"):
            Consumer({ThingChanged: handlers}, kernel.transactions)


class TestTogether:
    """Effects that are there at the same time share a transaction, and none of them notices."""

    async def test_one_transaction_does_for_many(self, kernel: Kernel) -> None:
        statements: list[str] = []
        stop = kernel.database.count_statements(statements.append)
        await receive_all(consumer_of(kernel, {ThingChanged: (count,)}), kernel, range(50))
        stop()
        assert sorted(await kernel.effects()) == sorted(f"count {number}" for number in range(50))
        assert len(await kernel.rows(INBOX)) == 50
        assert len([statement for statement in statements if "inbox" in statement]) == 1

    async def test_one_that_fails_is_alone_in_it(self, kernel: Kernel) -> None:
        async def refuse_seven(unit: UnitOfWork[Any], event: ThingChanged) -> None:
            await note_effect(unit, f"took {event.number}")
            if event.number == 7:
                raise ValueError("seven")

        await receive_all(consumer_of(kernel, {ThingChanged: (refuse_seven,)}), kernel, range(20))
        assert sorted(await kernel.effects()) == sorted(f"took {number}" for number in range(20) if number != 7)
        (letter,) = await kernel.rows(DEAD_LETTERS)
        assert (letter.reason, letter.attempts) == ("ValueError: seven", 3)

    async def test_what_each_announces_belongs_to_its_own_trace(self, kernel: Kernel) -> None:
        async def rename(unit: UnitOfWork[Any], event: ThingChanged) -> None:
            unit.publish(ThingRenamedV2(thing_id=event.thing_id, first="", last=str(event.number)))

        consumer = consumer_of(kernel, {ThingChanged: (rename,)})
        traces = {f"thing {digit}": digit * 32 for digit in "abcd"}
        envelopes = [
            kernel.envelope(ThingChanged(thing_id=thing, number=1), traceparent=f"00-{trace}-{'b' * 16}-01")
            for thing, trace in traces.items()
        ]
        await asyncio.gather(*(consumer.receive(message_of(envelope)) for envelope in envelopes))
        sent = [read_envelope(row.envelope.encode()) for row in await kernel.rows(OUTBOX)]
        assert {envelope.subject: (envelope.traceparent or "")[3:35] for envelope in sent} == traces

    async def test_who_is_cancelled_takes_nobody_along(self, kernel: Kernel) -> None:
        entered, may_go_on = asyncio.Event(), asyncio.Event()

        async def wait(unit: UnitOfWork[Any], event: ThingChanged) -> None:
            await note_effect(unit, f"took {event.number}")
            entered.set()
            await may_go_on.wait()

        consumer = consumer_of(kernel, {ThingChanged: (wait,)})
        messages = [
            message_of(kernel.envelope(ThingChanged(thing_id=str(number), number=number))) for number in range(3)
        ]
        receiving = [asyncio.create_task(consumer.receive(message)) for message in messages]
        await entered.wait()
        receiving[0].cancel()
        may_go_on.set()
        await asyncio.gather(*receiving, return_exceptions=True)
        assert sorted(await kernel.effects()) == ["took 1", "took 2"]
        await consumer.receive(messages[0])
        assert sorted(await kernel.effects()) == ["took 0", "took 1", "took 2"]


async def receive_all(consumer: Consumer[None], kernel: Kernel, numbers: Iterable[int]) -> None:
    events = [ThingChanged(thing_id=f"thing {number}", number=number) for number in numbers]
    await asyncio.gather(*(consumer.receive(message_of(kernel.envelope(event))) for event in events))


class TestFailures:
    async def test_are_tried_again_without_a_trace_of_the_first_attempts(self, kernel: Kernel) -> None:
        before = kernel.clock.monotonic()
        await consumer_of(kernel, {ThingChanged: (failing(2),)}).receive(message_of(kernel.envelope(CHANGED)))
        assert await kernel.effects() == ["stumble 1"]
        assert await kernel.rows(DEAD_LETTERS) == []
        assert 0.075 <= kernel.clock.monotonic() - before <= 0.15

    async def test_that_go_on_are_buried_and_the_other_handlers_take_effect(self, kernel: Kernel) -> None:
        envelope = kernel.envelope(CHANGED)
        consumer = consumer_of(kernel, {ThingChanged: (failing(99), count)})
        await consumer.receive(message_of(envelope))
        assert await kernel.effects() == ["count 1"]
        (letter,) = await kernel.rows(DEAD_LETTERS)
        assert (letter.event_id, letter.handler, letter.attempts) == (envelope.id, "stumble", 3)
        assert letter.reason == "ValueError: not yet"
        assert json.loads(letter.envelope) == json.loads(envelope.to_json())
        await consumer.receive(message_of(envelope))
        assert len(await kernel.rows(DEAD_LETTERS)) == 1

    async def test_of_burying_are_the_senders_to_repeat(self, kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
        def down() -> Any:
            raise OSError("disk")

        consumer = consumer_of(kernel, {ThingChanged: (count,)})
        with monkeypatch.context() as patched:
            patched.setattr(kernel.database, "write", down)
            with pytest.raises(OSError, match="disk"):
                await consumer.receive(message_of(kernel.envelope(CHANGED)))
        await consumer.receive(message_of(kernel.envelope(CHANGED)))
        assert await kernel.effects() == ["count 1"]


class TestMessages:
    @pytest.mark.parametrize("value", [b"", b"{", b"[]", b"\xff\xfe", b'{"id": 1}', b"[" * 100_000])
    async def test_that_cannot_be_read_are_buried_once(self, kernel: Kernel, value: bytes) -> None:
        consumer = consumer_of(kernel, {ThingChanged: (count,)})
        for _ in range(2):
            await consumer.receive(Message("entrepot.kernel", "a", value))
        (letter,) = await kernel.rows(DEAD_LETTERS)
        assert letter.handler == UNREADABLE
        assert letter.reason
        assert letter.envelope == value.decode(errors="replace")

    @pytest.mark.parametrize(
        "changes",
        [
            {"data": {}},
            {"data": {"thing_id": "a", "number": "one"}},
            {"dataversion": 0},
        ],
    )
    async def test_of_a_wanted_type_that_say_something_else_are_buried(
        self, kernel: Kernel, changes: dict[str, Any]
    ) -> None:
        envelope = kernel.envelope(CHANGED, **changes)
        await consumer_of(kernel, {ThingChanged: (count,)}).receive(message_of(envelope))
        (letter,) = await kernel.rows(DEAD_LETTERS)
        assert (letter.event_id, letter.handler) == (envelope.id, UNREADABLE)
        assert await kernel.effects() == []

    async def test_of_a_version_that_is_newer_wait_for_an_upgrade(self, kernel: Kernel) -> None:
        consumer = consumer_of(kernel, {ThingChanged: (count,)})
        with pytest.raises(MessageNotYetKnown, match="upgrade this one"):
            await consumer.receive(message_of(kernel.envelope(CHANGED, dataversion=99)))
        assert await kernel.rows(DEAD_LETTERS) == []
        waiting = consumer.unknown_versions.waiting(kernel.clock.monotonic() + 5)
        assert waiting == {(ThingChanged.TYPE, 99): 5}

    async def test_that_nobody_asked_for_are_passed_over(self, kernel: Kernel) -> None:
        consumer = consumer_of(kernel, {ThingChanged: (count,)})
        await consumer.receive(message_of(kernel.envelope(CHANGED, type="kernel.thing.painted")))
        await consumer.receive(message_of(kernel.envelope(ThingRenamed(thing_id="a", name="Ada L"))))
        assert await kernel.effects() == await kernel.rows(DEAD_LETTERS) == await kernel.rows(INBOX) == []

    async def test_of_an_old_version_are_brought_up(self, kernel: Kernel) -> None:
        async def greet(unit: UnitOfWork[Any], event: ThingRenamedV2) -> None:
            await note_effect(unit, f"{event.last}, {event.first}")

        consumer = consumer_of(kernel, {ThingRenamedV2: (greet,)})
        await consumer.receive(message_of(kernel.envelope(ThingRenamed(thing_id="a", name="Ada Lovelace"))))
        await consumer.receive(message_of(kernel.envelope(ThingRenamedV2(thing_id="a", first="Alan", last="Turing"))))
        assert await kernel.effects() == ["Lovelace, Ada", "Turing, Alan"]

    async def test_continue_the_trace_they_were_announced_in(self, kernel: Kernel) -> None:
        seen: list[str] = []

        async def look(_unit: UnitOfWork[Any], _event: ThingChanged) -> None:
            trace = current_trace()
            assert trace is not None
            seen.append(trace.trace_id)

        envelope = kernel.envelope(CHANGED, traceparent=f"00-{'a' * 32}-{'b' * 16}-01")
        await consumer_of(kernel, {ThingChanged: (look,)}).receive(message_of(envelope))
        assert seen == ["a" * 32]
        assert current_trace() is None


class TestHandlers:
    def test_of_an_old_version_would_never_be_called_and_are_refused(self, kernel: Kernel) -> None:
        with pytest.raises(ValueError, match="version 2"):
            consumer_of(kernel, {ThingRenamed: (count,)})

    def test_of_one_name_would_hide_each_other_and_are_refused(self, kernel: Kernel) -> None:
        with pytest.raises(ValueError, match="share a name"):
            consumer_of(kernel, {ThingChanged: (failing(1), failing(2))})

    async def test_are_subscribed_to_the_topics_of_their_contracts(self, kernel: Kernel) -> None:
        bus = MemoryBus()
        await consumer_of(kernel, {ThingChanged: (count,)}).start(bus)
        message = message_of(kernel.envelope(CHANGED))
        await bus.publish([message, Message("entrepot.other", "a", message.value)])
        assert await kernel.effects() == ["count 1"]
        await consumer_of(kernel, {}).start(MemoryBus())


class TestTypes:
    """A consumer reads the type of an event from the header, and decodes only what it has handlers for."""

    async def test_what_has_no_handler_is_not_decoded(self, kernel: Kernel) -> None:
        consumer = consumer_of(kernel, {ThingChanged: (count,)})
        await consumer.receive(Message("entrepot.kernel", "a", b"no JSON", (("ce_type", b"tests.thing.painted"),)))
        assert await kernel.rows(DEAD_LETTERS) == []

    async def test_what_has_one_is(self, kernel: Kernel) -> None:
        consumer = consumer_of(kernel, {ThingChanged: (count,)})
        envelope = kernel.envelope(CHANGED)
        headers = (("ce_type", ThingChanged.TYPE.encode()),)
        await consumer.receive(Message("entrepot.kernel", "a", envelope.to_json(), headers))
        await consumer.receive(Message("entrepot.kernel", "a", b"no JSON", headers))
        assert await kernel.effects() == ["count 1"]
        assert len(await kernel.rows(DEAD_LETTERS)) == 1
