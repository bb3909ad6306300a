"""A fetch with `@fromContext` arguments: objects grouped by their values, one entity fetch per group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from entrepot.router.execution.conditions import build_conjunction_test
from entrepot.router.execution.fetch import CompiledFetch, PlanContext, Run, Work
from entrepot.router.execution.json_text import encode_json
from entrepot.router.execution.paths import JsonObject, ObjectsStep, build_step
from entrepot.router.execution.representations import Missing, RepresentationBatch, build_extractor, build_object_reader
from entrepot.router.execution.requests import ExecutionLimits
from entrepot.router.plan import ContextInput, EntityFetch, Fetch, Path, expand_calls_per_context

Values = tuple[bytes, ...]
_Place = tuple[JsonObject, Values]
_VARIANTS = 16
"""How many texts of one operation are kept."""


class ContextFetch:
    """A fetch whose entity calls are made once for each set of context values, all in one request.

    The operation's text depends on how many sets there are; those seen last are kept compiled.
    """

    def __init__(self, fetch: Fetch, limits: ExecutionLimits, context: PlanContext) -> None:
        self._fetch = fetch
        self._limits = limits
        self._context = context
        self._variants: dict[tuple[int, ...], CompiledFetch] = {}
        self._calls = tuple(_GroupedCall(call) for call in fetch.entities)
        # Compiled at once, since the paths of a plan must be known before any of it runs.
        self._variant((1,) * len(self._calls))

    def start(self, run: Run) -> Work | None:
        """The work of the fetch; None when there is nothing to ask."""
        groups = [call.collect(run) for call in self._calls]
        if not any(groups):
            return None
        variant = self._variant(tuple(map(len, groups)))
        sets = [values for found in groups for values in found]
        variables = [
            encode_json(item.variable) + b":" + value
            for call, values in zip(variant.fetch.entities, sets, strict=True)
            for item, value in zip(call.contexts, values, strict=True)
        ]
        return variant.ask(run, [batch for found in groups for batch in found.values()], variables)

    def _variant(self, counts: tuple[int, ...]) -> CompiledFetch:
        variant = self._variants.pop(counts, None)
        if variant is None:
            variant = CompiledFetch(expand_calls_per_context(self._fetch, counts), self._limits, self._context)
        self._variants[counts] = variant
        if len(self._variants) > _VARIANTS:
            self._variants.pop(next(iter(self._variants)))
        return variant


class _GroupedCall:
    """One `_entities` field of a fetch with contexts, which is made for each group of its objects."""

    def __init__(self, call: EntityFetch) -> None:
        self._extract, self._tables = build_extractor(call.representations)
        self._is_wanted = build_conjunction_test(call.conditions)
        self._readers = tuple(_PathReader.build(path, call.contexts) for path in call.paths)

    def collect(self, run: Run) -> dict[Values, RepresentationBatch]:
        """A batch for each set of values; none that is empty."""
        groups: dict[Values, RepresentationBatch] = {}
        if self._is_wanted is not None and not self._is_wanted(run.request.variables):
            return groups
        for number, walk in enumerate(self._readers):
            for batch in groups.values():
                batch.starts.append(len(batch.objects))
            found: dict[Values, list[JsonObject]] = {}
            for item, values in walk.go(run.data):
                found.setdefault(values, []).append(item)
            for values, objects in found.items():
                if values not in groups:
                    groups[values] = RepresentationBatch(self._tables)
                    groups[values].starts += [0] * (number + 1)
                self._extract(objects, groups[values])
        return {values: batch for values, batch in groups.items() if batch.texts}


@dataclass(frozen=True, slots=True)
class _PathReader:
    """One path of the call, walked from the root: `readers[depth]` read what the objects at that depth hold."""

    steps: tuple[ObjectsStep, ...]
    readers: tuple[tuple[tuple[int, Callable[[JsonObject], bytes | None]], ...], ...]
    width: int

    @classmethod
    def build(cls, path: Path, inputs: tuple[ContextInput, ...]) -> _PathReader:
        readers = tuple(
            tuple((index, _build_reader(item)) for index, item in enumerate(inputs) if len(path) - item.levels == depth)
            for depth in range(len(path))
        )
        return cls(tuple(map(build_step, path)), readers, len(inputs))

    def go(self, root: JsonObject) -> list[_Place]:
        """The objects at the path with the values above them; those are left out for which one is missing."""
        places: list[_Place] = [(root, (b"",) * self.width)]
        for step, readers in zip(self.steps, self.readers, strict=True):
            for index, read in readers:
                places = [
                    (item, (*values[:index], value, *values[index + 1 :]))
                    for item, values in places
                    if (value := read(item)) is not None
                ]
            places = [(below, values) for item, values in places for below in step([item])]
        return places


def _build_reader(item: ContextInput) -> Callable[[JsonObject], bytes | None]:
    """A function that reads the value off an object as JSON text; None when it is missing, or null and must not be."""
    read_fields = build_object_reader(item.selections, None, in_key=False)
    is_required = item.type.endswith("!")

    def read(source: JsonObject) -> bytes | None:
        selected: JsonObject = {}
        try:
            read_fields(source, selected)
            value = _unwrap(selected)
        except Missing:
            return None
        return None if value is None and is_required else encode_json(value)

    return read


def _unwrap(selected: Any) -> Any:
    """The one leaf of a selection; lists on the way to it stay lists."""
    if selected.__class__ is list:
        return [_unwrap(item) for item in selected]
    if selected.__class__ is not dict:
        return selected
    values = [value for name, value in selected.items() if name != "__typename"]
    if len(values) != 1:
        raise Missing
    return _unwrap(values[0])
