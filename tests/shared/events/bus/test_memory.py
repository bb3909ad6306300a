"""The bus inside one process."""

from __future__ import annotations

import asyncio

import pytest

from entrepot.shared.events import MemoryBus, Message


def messages(topic: str, *values: bytes) -> list[Message]:
    return [Message(topic, "key", value) for value in values]


async def test_hands_messages_to_every_group_in_order() -> None:
    bus = MemoryBus()
    seen: dict[str, list[bytes]] = {"one": [], "two": [], "three": []}
    for group, topics in (("one", ["a"]), ("two", ["a", "b"]), ("three", ["c"])):

        async def take(message: Message, group: str = group) -> None:
            await asyncio.sleep(0)
            seen[group].append(message.value)

        await bus.subscribe(group, topics, take)
    await bus.publish(messages("a", b"1", b"2"))
    await bus.publish(messages("b", b"3"))
    await bus.publish(messages("nobody", b"4"))
    assert seen == {"one": [b"1", b"2"], "two": [b"1", b"2", b"3"], "three": []}


async def test_a_message_is_sent_when_every_group_has_dealt_with_it() -> None:
    bus = MemoryBus()
    may_end, ended = asyncio.Event(), []

    async def slow(message: Message) -> None:
        await may_end.wait()
        ended.append(message.value)

    async def fail(_message: Message) -> None:
        raise OSError("down")

    await bus.subscribe("slow", ["a"], slow)
    await bus.subscribe("failing", ["a"], fail)
    publishing = asyncio.create_task(bus.publish(messages("a", b"1", b"2")))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not publishing.done()
    may_end.set()
    with pytest.raises(OSError, match="down"):
        await publishing
    # Nothing of it goes on by itself, and what stands behind the failure was not sent.
    assert ended == [b"1"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_cancelling_the_sender_cancels_the_receivers() -> None:
    bus = MemoryBus()
    inside = asyncio.Event()

    async def hang(_message: Message) -> None:
        inside.set()
        await asyncio.Event().wait()

    await bus.subscribe("hanging", ["a"], hang)
    publishing = asyncio.create_task(bus.publish(messages("a", b"1")))
    await inside.wait()
    publishing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await publishing
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_closed_it_carries_nothing() -> None:
    bus, seen = MemoryBus(), []

    async def take(message: Message) -> None:
        seen.append(message)

    await bus.subscribe("one", ["a"], take)
    await bus.close()
    await bus.publish(messages("a", b"1"))
    assert seen == []
