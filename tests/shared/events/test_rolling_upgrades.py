"""A second version of a contract, rolled out consumer first and publisher first: nothing is buried, nothing lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from entrepot.shared.errors import SettingsInvalid
from entrepot.shared.events import Consumer, Event, MemoryBus, Relay, UnitOfWork, UnitOfWorkFactory
from entrepot.shared.events import event as contracts
from entrepot.shared.events.event import contract, read_envelope
from entrepot.shared.events.inbox.handler import Handler
from entrepot.shared.events.operations.published_versions import split_publish_versions
from entrepot.shared.events.outbox.relay import RelayRules
from entrepot.shared.events.tables import DEAD_LETTERS, INBOX, OUTBOX
from tests.support.kernel import Kernel, note_effect, open_kernel
from tests.support.kernel import LeapingClock as Clock

LABEL = "kernel.label.printed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPrinted(Event):
    """Release 1."""

    label_id: str
    text: str

    def upcast(self) -> Event:
        return LabelPrintedV2(label_id=self.label_id, lines=[self.text])


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPrintedV2(Event):
    """Release 2."""

    label_id: str
    lines: list[str]

    def downcast(self) -> Event:
        return LabelPrinted(label_id=self.label_id, text=" ".join(self.lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPrintedInRelease1(Event):
    """What release 1 has as `LabelPrinted`: it knows of no later version."""

    label_id: str
    text: str


@contextmanager
def release(monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[None]:
    """What happens in the block happens in a process of that release."""
    registry: dict[tuple[str, int], type[Event]] = {
        key: value for key, value in contracts._REGISTRY.items() if key[0] != LABEL
    }
    with monkeypatch.context() as patch:
        patch.setattr(contracts, "_REGISTRY", registry)
        if number == 1:
            contract(LABEL, subject="label_id")(LabelPrintedInRelease1)
        else:
            contract(LABEL, subject="label_id")(LabelPrinted)
            contract(LABEL, subject="label_id", version=2)(LabelPrintedV2)
        yield


class Shop:
    """A publisher and a consumer, each a process that is replaced by one of another release."""

    def __init__(self, publisher: Kernel, consumer: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
        self._publisher = publisher
        self._consumer = consumer
        self._monkeypatch = monkeypatch
        self.clock = publisher.clock
        self.consuming: Consumer[None]

    async def publish(self, in_release: int, label: str, *texts: str, versions: dict[str, int] | None = None) -> None:
        with release(self._monkeypatch, in_release):
            kernel = self._publisher
            transactions: UnitOfWorkFactory[None] = UnitOfWorkFactory(
                "tests", kernel.database, kernel.environment, None, kernel.fan_out, lambda: None, None, versions
            )
            for text in texts:
                async with transactions.begin() as unit:
                    if in_release == 1:
                        unit.publish(LabelPrintedInRelease1(label_id=label, text=text))
                    else:
                        unit.publish(LabelPrintedV2(label_id=label, lines=[text, "!"]))

    async def consume(self, in_release: int) -> None:
        """Have all that is due sent to a consumer of that release."""
        with release(self._monkeypatch, in_release):
            self.consuming = self._build_consumer(in_release)
            bus = MemoryBus()
            await self.consuming.start(bus)
            relay = Relay("tests", self._publisher.database, bus, self._publisher.environment, RelayRules())
            while await relay.send_due():
                pass

    def _build_consumer(self, in_release: int) -> Consumer[None]:
        async def print_one(unit: UnitOfWork[Any], event: LabelPrintedInRelease1) -> None:
            await note_effect(unit, f"{event.label_id}: {event.text}")

        async def print_two(unit: UnitOfWork[Any], event: LabelPrintedV2) -> None:
            await note_effect(unit, f"{event.label_id}: {' '.join(event.lines)}")

        if in_release == 1:
            return Consumer({LabelPrintedInRelease1: [Handler("print", print_one)]}, self._consumer.transactions)
        return Consumer({LabelPrintedV2: [Handler("print", print_two)]}, self._consumer.transactions)

    async def effects(self) -> list[str]:
        assert await self._consumer.rows(DEAD_LETTERS) == []
        return await self._consumer.effects()

    async def published_versions(self) -> list[int]:
        return [read_envelope(row.envelope.encode()).dataversion for row in await self._publisher.rows(OUTBOX)]

    async def is_all_handled(self) -> bool:
        outbox, inbox = await self._publisher.rows(OUTBOX), await self._consumer.rows(INBOX)
        return all(row.delivered_at for row in outbox) and len(inbox) == len(outbox)


@pytest.fixture
async def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    clock = Clock()
    async with (
        open_kernel(tmp_path, clock, name="publisher") as publisher,
        open_kernel(tmp_path, clock, name="consumer", seed=2) as consumer,
    ):
        yield Shop(publisher, consumer, monkeypatch)


async def test_consumer_first(shop: Shop) -> None:
    await shop.publish(1, "a", "one")
    await shop.consume(in_release=1)
    await shop.publish(1, "a", "two")
    await shop.consume(in_release=2)
    await shop.publish(2, "a", "three")
    await shop.publish(2, "a", "four", versions={LABEL: 2})
    await shop.consume(in_release=2)
    assert await shop.effects() == ["a: one", "a: two", "a: three !", "a: four !"]
    assert await shop.published_versions() == [1, 1, 1, 2]
    assert await shop.is_all_handled()


async def test_publisher_first(shop: Shop) -> None:
    """It announces the older version until its setting says otherwise."""
    await shop.publish(2, "a", "one", "two")
    await shop.consume(in_release=1)
    assert await shop.effects() == ["a: one !", "a: two !"]
    await shop.publish(2, "a", "three")
    await shop.consume(in_release=2)
    await shop.publish(2, "a", "four", versions={LABEL: 2})
    await shop.consume(in_release=2)
    assert await shop.effects() == ["a: one !", "a: two !", "a: three !", "a: four !"]
    assert await shop.published_versions() == [1, 1, 1, 2]
    assert await shop.is_all_handled()


async def test_a_version_that_is_published_too_early_waits_for_the_consumers(shop: Shop) -> None:
    await shop.publish(2, "a", "one")
    await shop.publish(2, "a", "two", versions={LABEL: 2})
    await shop.publish(2, "a", "three")
    await shop.publish(2, "b", "other")
    for _ in range(3):
        await shop.consume(in_release=1)
        shop.clock.advance(20)
        # In order, and nobody else waits for it.
        assert sorted(await shop.effects()) == ["a: one !", "b: other !"]
    seen = shop.consuming.unknown_versions
    assert list(seen.waiting(shop.clock.monotonic())) == [(LABEL, 2)]
    assert not await shop.is_all_handled()
    await shop.consume(in_release=2)
    assert [each for each in await shop.effects() if each.startswith("a")] == ["a: one !", "a: two !", "a: three !"]
    assert await shop.is_all_handled()
    assert seen.waiting(shop.clock.monotonic() + 61) == {}


def test_the_setting_names_versions_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    key = "ENTREPOT_ORDERS_PUBLISH_VERSIONS"
    with release(monkeypatch, 2):

        def read(text: str) -> Any:
            return split_publish_versions("orders", {key: text, "ENTREPOT_X": "1"})

        assert read("") == ({}, {"ENTREPOT_X": "1"})
        assert read(f"{LABEL}=2") == ({LABEL: 2}, {"ENTREPOT_X": "1"})
        assert read(f" {LABEL} = 1 , ")[0] == {LABEL: 1}
        for wrong, said in ((f"{LABEL}=3", "are 1, 2"), (LABEL, "are 1, 2"), ("kernel.x=1", "no contract")):
            with pytest.raises(SettingsInvalid, match=said):
                read(wrong)
