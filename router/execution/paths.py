"""Paths of the plan in the merged data: the objects that they reach, and where these are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from entrepot.router.plan import Path, PathStep

JsonObject = dict[str, Any]
ObjectsStep = Callable[[list[JsonObject]], list[JsonObject]]
Location = tuple[str | int, ...]


class PathTree:
    """All paths of a plan as one tree, so that what several fetches walk is walked once an execution.

    A node is a number; 0 is the root of the data. Each execution keeps a table from nodes to the objects there.
    """

    def __init__(self) -> None:
        self._numbers: dict[Path, int] = {(): 0}
        self._steps: list[tuple[int, ObjectsStep]] = [(0, lambda objects: objects)]

    def add(self, path: Path) -> int:
        """The node of `path`."""
        number = self._numbers.get(path)
        if number is None:
            parent = self.add(path[:-1])
            number = self._numbers[path] = len(self._steps)
            self._steps.append((parent, build_step(path[-1])))
        return number

    def walk(self, node: int, reached: dict[int, list[JsonObject]]) -> list[JsonObject]:
        """The objects at `node`, in the order of the data."""
        objects = reached.get(node)
        if objects is None:
            parent, step = self._steps[node]
            objects = reached[node] = step(self.walk(parent, reached))
        return objects

    def list_changed(self, path: Path) -> tuple[int, ...]:
        """The nodes to walk again after objects at `path` were written: all below, and all of some types."""
        keys = [step.key for step in path]
        return tuple(
            number
            for other, number in self._numbers.items()
            if [step.key for step in other[: len(path)]] == keys
            and (len(other) > len(path) or (other and other[-1].types is not None))
        )


def build_step(step: PathStep) -> ObjectsStep:
    """A function from objects to the objects one step down; what is null, missing or no object is left out."""
    key, depth, types = step.key, step.list_depth, step.types

    def go_down(objects: list[JsonObject]) -> list[JsonObject]:
        if depth == 0:
            found = [value for item in objects if (value := item.get(key)).__class__ is dict]
        else:
            lists = [value for item in objects if (value := item.get(key)).__class__ is list]
            for _ in range(depth - 1):
                lists = [inner for outer in lists for inner in outer if inner.__class__ is list]
            found = [value for values in lists for value in values if value.__class__ is dict]
        if types is not None:
            found = [item for item in found if item.get("__typename") in types]
        return found

    return go_down


def locate_objects(root: JsonObject, path: Path) -> Iterator[tuple[Location, JsonObject]]:
    """The objects at `path` as a walk finds them, each with its keys and indices in the merged data."""
    places: list[tuple[Location, Any]] = [((), root)]
    for step in path:
        places = [
            ((*location, step.key), value) for location, item in places if (value := item.get(step.key)) is not None
        ]
        for _ in range(step.list_depth):
            places = [
                ((*location, index), value)
                for location, values in places
                if values.__class__ is list
                for index, value in enumerate(values)
            ]
        places = [
            (location, item)
            for location, item in places
            if item.__class__ is dict and (step.types is None or item.get("__typename") in step.types)
        ]
    yield from places
