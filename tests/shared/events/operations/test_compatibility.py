"""What may change of a published contract, and what may not."""

from __future__ import annotations

from dataclasses import dataclass, make_dataclass
from typing import Any

import msgspec
import pytest

from entrepot.shared.events.operations.compatibility import find_breaks


@dataclass
class Line:
    sku: str
    quantity: int


@dataclass
class LineWithNote:
    sku: str
    quantity: int
    note: str = ""


@dataclass
class LineOfText:
    sku: str
    quantity: str


@dataclass
class Tree:
    name: str
    branches: list[Tree]


def schema(**fields: Any) -> dict[str, Any]:
    """The JSON Schema of an event with these fields; a tuple is a type and a default."""
    made = [(name, *kind) if isinstance(kind, tuple) else (name, kind) for name, kind in fields.items()]
    return msgspec.json.schema(make_dataclass("Thing", made, kw_only=True))


BEFORE = {"id": str, "owner": str | None, "lines": tuple[Line, ...], "note": (str, "")}


@pytest.mark.parametrize(
    ("changes", "breaks"),
    [
        ({}, []),
        ({"added": (int, 0)}, []),
        ({"lines": tuple[LineWithNote, ...]}, []),
        ({"id": int}, ["data.id is of another type"]),
        ({"id": str | None}, ["data.id is of another type"]),
        ({"owner": str}, ["data.owner is of another type"]),
        ({"owner": None}, ["data.owner is gone"]),
        ({"added": int}, ["data.added is newly required"]),
        ({"note": str}, ["data.note is newly required"]),
        ({"id": (str, "")}, ["data.id is no longer certain to be there"]),
        ({"lines": tuple[LineOfText, ...]}, ["data.lines[].quantity is of another type"]),
        ({"lines": tuple[str, ...]}, ["data.lines[] is of another type"]),
    ],
)
def test_only_optional_fields_may_come(changes: dict[str, Any], breaks: list[str]) -> None:
    wanted = {name: kind for name, kind in {**BEFORE, **changes}.items() if kind is not None}
    assert list(find_breaks(schema(**BEFORE), schema(**wanted))) == breaks


def test_types_that_hold_themselves_are_compared() -> None:
    assert find_breaks(schema(tree=Tree), schema(tree=Tree)) == []
