"""Contracts and envelopes: CloudEvents 1.0, versioned."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import msgspec
import pytest

from entrepot.shared.events import contract, known_contracts
from entrepot.shared.events.contracts.inventory import HoldStock
from entrepot.shared.events.event import EventUnknown, command, newest_of, read_envelope, to_data, topic_of
from tests.support.kernel import Kernel, ThingChanged, ThingRenamed, ThingRenamedV2

CHANGED = ThingChanged(thing_id="a", number=2**53 + 1)


def test_an_envelope_is_a_cloud_event(kernel: Kernel) -> None:
    envelope = kernel.envelope(CHANGED, traceparent="00-x")
    content = json.loads(envelope.to_json())
    for name in ("id", "source", "type", "specversion"):
        assert isinstance(content[name], str)
        assert content[name]
    assert content["specversion"] == "1.0"
    assert content["datacontenttype"] == "application/json"
    assert datetime.fromisoformat(content["time"]) == kernel.clock.now()
    # Names of attributes are lower-case letters and digits (CloudEvents 1.0, section 3.1).
    assert all(name.isalnum() and name.islower() for name in content)
    assert content["data"] == {"thing_id": "a", "number": 2**53 + 1}
    assert read_envelope(envelope.to_json()) == envelope
    assert read_envelope(envelope.to_json()).open() == CHANGED


def test_attributes_of_others_are_passed_over(kernel: Kernel) -> None:
    content = json.loads(kernel.envelope(CHANGED).to_json()) | {"comexampleextension": 5}
    assert read_envelope(json.dumps(content).encode()).open() == CHANGED


def test_subject_is_the_aggregate() -> None:
    assert CHANGED.subject == "a"
    assert to_data(CHANGED)["thing_id"] == "a"
    assert topic_of("orders.order.placed") == "entrepot.orders"


def test_commands_travel_apart_from_events() -> None:
    assert topic_of("inventory.hold") == "entrepot.inventory.commands"
    assert topic_of(HoldStock.TYPE) == "entrepot.inventory.commands"


@pytest.mark.parametrize(("declare", "name"), [(contract, "orders.placed"), (command, "inventory.stock.hold")])
def test_events_and_commands_are_named_apart(declare: Any, name: str) -> None:
    with pytest.raises(ValueError, match="no name of an event"):
        declare(name, subject="thing_id")(ThingChanged)


def test_the_oldest_version_opens_as_the_newest(kernel: Kernel) -> None:
    old = kernel.envelope(ThingRenamed(thing_id="a", name="Ada Lovelace"))
    assert old.dataversion == 1
    assert old.open() == ThingRenamedV2(thing_id="a", first="Ada", last="Lovelace")
    assert newest_of(ThingRenamed) is newest_of(ThingRenamedV2) is ThingRenamedV2


def test_unknown_contracts_and_wrong_data_are_errors(kernel: Kernel) -> None:
    with pytest.raises(EventUnknown):
        kernel.envelope(CHANGED, dataversion=2).open()
    with pytest.raises(EventUnknown):
        kernel.envelope(CHANGED, type="nobody.knows.this").open()
    with pytest.raises(msgspec.ValidationError):
        kernel.envelope(CHANGED, data={"thing_id": 1}).open()


def test_a_contract_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        contract("kernel.thing.changed", subject="thing_id")(ThingRenamed)
    assert {ThingChanged, ThingRenamed, ThingRenamedV2} <= set(known_contracts())
