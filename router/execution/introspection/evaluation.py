"""The evaluation of introspection: level by level, in slices, each object once, and only up to a limit of values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

from graphql import GraphQLSchema

from entrepot.router.errors import IntrospectionTooLarge
from entrepot.router.execution.introspection.selections import Selected, SelectedField

SLICE: Final = 1_000
"""Fields that are evaluated before other requests have their turn."""
_VALUE_BYTES: Final = 64
# What the dictionary of an object, a field in it and an entry of a list take in memory.
_OBJECT_WEIGHT, _FIELD_WEIGHT, _ENTRY_WEIGHT = 256, 64, 8


@dataclass(slots=True)
class _Object:
    """An object of one selection, which stands `times` times in the answer."""

    selected: Selected
    source: Any
    data: dict[str, Any]
    times: int


class Evaluation:
    """The answer to one selection of the root; it stops with IntrospectionTooLarge when it passes the limit.

    `values` are those that the answer has so far: one per field and per entry of a list, and one more per 64
    characters of a name or a text. An object that stands at several places with the same selection is evaluated once
    and shared, so that the work is at most as large as the answer. `weight` is about what is held in memory.
    """

    def __init__(self, schema: GraphQLSchema, selected: Selected, limit: int | None) -> None:
        self._info: Any = SimpleNamespace(schema=schema)
        self._limit = limit
        self._root = _Object(selected, None, {}, 1)
        self.data = self._root.data
        self.values = 0
        self.weight = 0

    def run(self) -> Iterator[None]:
        """Evaluate everything; yields after each slice of the work."""
        level: dict[tuple[int, int], _Object] = {(0, 0): self._root}
        done = 0
        while level:
            below: dict[tuple[int, int], _Object] = {}
            for item in level.values():
                self.weight += _OBJECT_WEIGHT
                for field in item.selected.fields:
                    done += self._evaluate(item, field, below)
                    if self._limit is not None and self.values > self._limit:
                        raise IntrospectionTooLarge(
                            f"The answer to this introspection has more than {self._limit} values. Select less of it.",
                            extensions={"limit": "introspection values", "allowed": self._limit},
                        )
                    if done >= SLICE:
                        done = 0
                        yield
            level = below

    def _evaluate(self, item: _Object, field: SelectedField, below: dict[tuple[int, int], _Object]) -> int:
        """Evaluate one field of an object; returns how many values that took."""
        value = field.resolve(item.source, self._info, **field.arguments)
        count = 1 + len(field.key) // _VALUE_BYTES
        if field.is_list and value is not None:
            value = list(value)
            count += len(value)
            self.weight += _ENTRY_WEIGHT * len(value)
        if value is None:
            pass
        elif (inner := field.inner) is not None:
            if field.is_list:
                value = [self._place(inner, entry, item.times, below) for entry in value]
            else:
                value = self._place(inner, value, item.times, below)
        elif (to_json := field.to_json) is not None:
            value = [to_json(entry) for entry in value] if field.is_list else to_json(value)
        elif isinstance(value, str):
            count += len(value) // _VALUE_BYTES
        item.data[field.key] = value
        self.weight += _FIELD_WEIGHT
        self.values += count * item.times
        return count

    def _place(
        self, selected: Selected, source: Any, times: int, below: dict[tuple[int, int], _Object]
    ) -> dict[str, Any]:
        key = (id(selected), id(source))
        found = below.get(key)
        if found is None:
            below[key] = found = _Object(selected, source, {}, times)
        else:
            found.times += times
        return found.data
