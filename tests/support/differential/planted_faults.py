"""Small faults planted in planner and executor at run time, each of which a differential run must find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import pytest

from entrepot.router.execution import conditions, fetch, project, representations
from entrepot.router.execution.errors import rewrites
from entrepot.router.execution.errors.rewrites import ErrorRewriter
from entrepot.router.execution.fetch import CompiledCall, CompiledFetch
from entrepot.router.execution.representations import RepresentationBatch
from entrepot.router.graph import Graph
from entrepot.router.graph import build as graph_build
from entrepot.router.planning import collected_fields as wanted
from entrepot.router.planning.emit import emitter as emit
from entrepot.router.planning.emit import output
from entrepot.router.planning.fetch_graph.builder import FetchGraphBuilder
from entrepot.router.planning.fetch_graph.model import FetchGraph, FetchNode, RepresentationInputs
from entrepot.router.planning.fetch_graph.position import DataPosition
from entrepot.router.selection import Condition

# Each pass is a function with the name of its module.
_DELAYING = import_module("entrepot.router.planning.fetch_graph.optimize.delay_fetches")
_MERGING = import_module("entrepot.router.planning.fetch_graph.optimize.merge_calls")


@dataclass(frozen=True)
class PlantedFault:
    """A fault: what goes wrong, and how `patch` plants it."""

    name: str
    plant: Callable[[pytest.MonkeyPatch], None]

    def __str__(self) -> str:
        return self.name


def _replace(owner: Any, name: str, build: Callable[[Any], Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """Plants what `build` makes of the original."""
    return lambda patch: patch.setattr(owner, name, build(getattr(owner, name)))


class _Forgetful(dict[Any, int]):
    """A table that never knows what it was told."""

    def get(self, key: Any, default: Any = None) -> Any:
        del key
        return default


def _without_dedupe(build: Any) -> Any:
    def build_batch(batch: RepresentationBatch, tables: int) -> None:
        build(batch, tables)
        batch.tables = [_Forgetful() for _ in range(tables)]

    return build_batch


def _in_reverse(place: Any) -> Any:
    def place_reversed(call: CompiledCall, run: Any, batch: RepresentationBatch, entities: Any) -> Any:
        return place(call, run, batch, entities[::-1] if isinstance(entities, list) else entities)

    return place_reversed


def _after(change: Callable[[Any], None]) -> Callable[[Any], Any]:
    """An `__init__` that is followed by a change of the object."""

    def build(original: Any) -> Any:
        def initialize(item: Any, *arguments: Any) -> None:
            original(item, *arguments)
            change(item)

        return initialize

    return build


def _first_path_only(call: CompiledCall) -> None:
    call._nodes = call._nodes[:1]


def _swapped_paths(call: CompiledCall) -> None:
    call._nodes = call._nodes[::-1]
    if len(call._nodes) > 1:
        call.collect = _swap(call.collect)  # type: ignore[method-assign]  # a fault on one object


def _swap(collect: Any) -> Any:
    def collect_swapped(run: Any) -> RepresentationBatch:
        batch: RepresentationBatch = collect(run)
        batch.indexes.reverse()
        return batch

    return collect_swapped


def _without_variables(item: CompiledFetch) -> None:
    item._variables = ()


def _own_typenames(build: Any) -> Any:
    return lambda items: build(tuple(replace(item, typename=None) if item.types else item for item in items))


def _edge_with(**changes: Any) -> Callable[[Any], Any]:
    return lambda build: lambda *arguments: replace(build(*arguments), **changes)


def _external_unless_key(build: Any) -> Any:
    def build_edge(builder: Any, item: Any, definition: Any, subgraph: str, join: Any) -> Any:
        edge = build(builder, item, definition, subgraph, join)
        keys = builder._key_sets(item, subgraph)
        is_key = any(definition.name in graph_build._top_names(key) for key in keys)
        return replace(edge, is_external=False) if is_key else edge

    return build_edge


def _without_waiting(join: Any) -> Any:
    def join_free(fetches: FetchGraph) -> Any:
        requests = join(fetches)
        for request in requests:
            request.waits_for.clear()
        return requests

    return join_free


def _keys_only(add: Any) -> Any:
    return lambda sent, selections, *, is_key: add(sent, selections if is_key else (), is_key=is_key)


def _any_condition(_build: Any) -> Any:
    def build_test(needed: tuple[Condition, ...]) -> Any:
        pairs = [(item.variable, item.expected) for item in needed]
        return (lambda given: any(bool(given.get(name)) is expected for name, expected in pairs)) if pairs else None

    return build_test


def _plant_late_fetches(patch: pytest.MonkeyPatch) -> None:
    def find_latest(fetches: FetchGraph) -> dict[FetchNode, int]:
        return dict.fromkeys(fetches.nodes, max(node.wave for node in fetches.nodes))

    patch.setattr(_DELAYING, "_latest_waves", find_latest)


PLANTED_FAULTS = (
    PlantedFault("representations are not deduplicated", _replace(RepresentationBatch, "__init__", _without_dedupe)),
    PlantedFault("entities are placed in reverse", _replace(CompiledCall, "place", _in_reverse)),
    PlantedFault("only the first path is completed", _replace(CompiledCall, "__init__", _after(_first_path_only))),
    PlantedFault("two paths are swapped", _replace(CompiledCall, "__init__", _after(_swapped_paths))),
    PlantedFault("variables are not sent", _replace(CompiledFetch, "__init__", _after(_without_variables))),
    PlantedFault("objects are replaced, not merged", _replace(fetch, "merge_object", lambda _: dict.update)),
    PlantedFault(
        "conditions are not projected", _replace(project, "build_disjunction_test", lambda _: lambda _any: None)
    ),
    PlantedFault("a null that is required stops", _replace(representations, "_is_key", lambda _: lambda *_both: True)),
    PlantedFault("implementations are sent as such", _replace(fetch, "build_extractor", _own_typenames)),
    PlantedFault("external fields are asked", _replace(graph_build._Builder, "_edge", _edge_with(is_external=False))),
    PlantedFault("external keys are asked", _replace(graph_build._Builder, "_edge", _external_unless_key)),
    PlantedFault(
        "objects of narrowed types vanish",
        _replace(FetchGraphBuilder, "_assign_unshared", lambda _: lambda *_all: None),
    ),
    PlantedFault("requirements are not seen", _replace(graph_build._Builder, "_edge", _edge_with(requires=()))),
    PlantedFault("requirements are not sent", _replace(RepresentationInputs, "add", _keys_only)),
    PlantedFault("override labels are ignored", _replace(Graph, "view", lambda _: lambda graph, _labels: graph)),
    PlantedFault(
        "mutations are joined by subgraph",
        _replace(FetchGraph, "add_root", lambda add: lambda fetches, graph, _segment: add(fetches, graph, 0)),
    ),
    PlantedFault("keys may clash", _replace(DataPosition, "_is_free", lambda _: lambda *_all: True)),
    PlantedFault("nothing waits", _replace(emit, "join_requests", _without_waiting)),
    PlantedFault(
        "errors keep the path of the subgraph",
        _replace(ErrorRewriter, "_locate", lambda _: lambda _rewriter, fault: [fault.path] if fault.path else []),
    ),
    PlantedFault(
        "an error is told at one place only",
        _replace(rewrites, "locate_objects", lambda locate: lambda *path: list(locate(*path))[:1]),
    ),
    PlantedFault("one condition of several is enough", _replace(conditions, "build_conjunction_test", _any_condition)),
    PlantedFault(
        "the first condition counts",
        _replace(output, "_any_of", lambda _: lambda wants: (wants[0].conditions,) if wants[0].conditions else ()),
    ),
    PlantedFault(
        "outer conditions are lost", _replace(wanted, "add_conditions", lambda _: lambda held, more: more or held)
    ),
    PlantedFault("every fragment applies", _replace(Graph, "applies", lambda _: lambda *_all: True)),
    PlantedFault("fetches are delayed too far", _plant_late_fetches),
    PlantedFault(
        "calls are merged whatever they send",
        _replace(_MERGING, "_are_of_the_same", lambda _: lambda *_both: True),
    ),
)
