"""Changes of event contracts, each with the one finding that it has."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Final

import pytest

from entrepot.router.checks.events import compare_events

NAME: Final = "orders.order.placed.v1"
_LINE: Final = {
    "type": "object",
    "properties": {"quantity": {"type": "integer"}, "unit": {"enum": ["PIECE", "METRE"]}, "note": {"type": "string"}},
    "required": ["quantity", "unit"],
}
CONTRACT: Final = {
    "$ref": "#/$defs/OrderPlaced",
    "$defs": {
        "Line": _LINE,
        "OrderPlaced": {
            "type": "object",
            "properties": {
                "order_id": {"type": "string"},
                "number": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                "weight": {"type": "number"},
                "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "replaces": {"$ref": "#/$defs/OrderPlaced"},
            },
            "required": ["order_id", "lines"],
        },
    },
}


def _event(contract: Any) -> Any:
    return contract["$defs"]["OrderPlaced"]


def _line(contract: Any) -> Any:
    return contract["$defs"]["Line"]


CHANGES: Final[list[tuple[Callable[[Any], Any], str, str]]] = [
    (lambda it: _event(it)["properties"].pop("weight"), "EVENT_FIELD_REMOVED", "weight"),
    (lambda it: _event(it)["properties"].update(tip={"type": "integer"}), "EVENT_FIELD_ADDED", "tip"),
    (lambda it: _event(it)["properties"]["weight"].update(type="string"), "EVENT_FIELD_TYPE_CHANGED", "weight"),
    (lambda it: _event(it)["properties"]["weight"].update(type="integer"), "EVENT_FIELD_TYPE_NARROWED", "weight"),
    (lambda it: _event(it)["properties"].update(number={"type": "string"}), "EVENT_FIELD_TYPE_NARROWED", "number"),
    (
        lambda it: _event(it)["properties"].update(order_id={"type": ["string", "null"]}),
        "EVENT_FIELD_TYPE_CHANGED",
        "order_id",
    ),
    (lambda it: _event(it)["required"].remove("order_id"), "EVENT_FIELD_OPTIONAL", "order_id"),
    (lambda it: _event(it)["required"].append("weight"), "EVENT_FIELD_REQUIRED", "weight"),
    (lambda it: _line(it)["properties"].pop("note"), "EVENT_FIELD_REMOVED", "lines[].note"),
    (lambda it: _line(it)["properties"]["unit"]["enum"].append("LITRE"), "EVENT_VALUE_ADDED", "lines[].unit"),
    (lambda it: _line(it)["properties"]["unit"].pop("enum"), "EVENT_VALUE_ADDED", "lines[].unit"),
    (
        lambda it: _event(it)["properties"]["labels"].update(additionalProperties={"type": "integer"}),
        "EVENT_FIELD_TYPE_CHANGED",
        "labels{}",
    ),
]


@pytest.mark.parametrize(("edit", "code", "path"), CHANGES)
def test_each_change_is_the_only_finding(edit: Callable[[Any], Any], code: str, path: str) -> None:
    head = copy.deepcopy(CONTRACT)
    edit(head)
    (change,) = compare_events({NAME: CONTRACT}, {NAME: head})
    assert (change.code, change.coordinate) == (code, f"{NAME}#{path}")


def test_a_new_field_without_a_default_is_missing_from_stored_events() -> None:
    head = copy.deepcopy(CONTRACT)
    _event(head)["properties"]["channel"] = {"type": "string"}
    _event(head)["required"].append("channel")
    (change,) = compare_events({NAME: CONTRACT}, {NAME: head})
    assert (change.code, change.is_refused) == ("EVENT_REQUIRED_FIELD_ADDED", True)


def test_contracts_that_are_gone_and_new_ones() -> None:
    found = compare_events({NAME: CONTRACT}, {"orders.order.placed.v2": CONTRACT})
    assert [(change.code, change.is_refused) for change in found] == [("EVENT_REMOVED", True), ("EVENT_ADDED", False)]


def test_the_same_contract_differs_in_nothing_however_it_is_described() -> None:
    head = copy.deepcopy(CONTRACT)
    _event(head)["description"] = "An order was placed."
    _event(head)["properties"]["number"]["anyOf"].reverse()
    assert list(compare_events({NAME: CONTRACT}, {NAME: head})) == []
