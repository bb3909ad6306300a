"""What the engine's benchmark measures: medians of composing and planning, and what a hostile operation comes to."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from graphql import validate

from benchmarks.engine.generator import SEED, generate_subgraphs
from benchmarks.engine.operations import build_hostile_operation, build_wide_operation
from entrepot.router.composition import CompositionResult, compose
from entrepot.router.config import RouterConfig
from entrepot.router.errors import LimitExceeded, PlanningBudgetSpent
from entrepot.router.graph import build_graph
from entrepot.router.operation import normalize_operation, parse_document
from entrepot.router.plan import QueryPlan, print_plan
from entrepot.router.planning import plan_operation
from entrepot.router.supergraph import Supergraph, read_supergraph

WIDE_FIELDS = 200
_COMPOSE_ROUNDS = 5
_PLAN_ROUNDS = 31


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure in its unit, None where it could not be measured; `target` is the most it may be, if any."""

    name: str
    what: str
    unit: str
    value: float | None
    target: float | None = None

    @property
    def is_met(self) -> bool | None:
        """None without a target or a value."""
        return None if self.target is None or self.value is None else self.value < self.target


@dataclass(frozen=True, slots=True)
class Hostile:
    """What the hostile operation came to: the code of the refusal, or the plan's size, in seconds and peak bytes."""

    outcome: str
    characters: int
    seconds: float
    peak_bytes: int


def measure_composition() -> tuple[Figure, Supergraph]:
    """The median of composing the generated subgraphs; raises RuntimeError when they do not compose."""
    subgraphs = generate_subgraphs()
    results: list[CompositionResult] = []
    seconds = _median(lambda: results.append(compose(subgraphs)), _COMPOSE_ROUNDS)
    sdl = results[-1].supergraph_sdl
    if sdl is None:
        raise RuntimeError("\n".join(map(str, results[-1].errors)))
    figure = Figure("compose_s", f"compose {len(subgraphs)} subgraphs of 40 types (seed {SEED})", "s", seconds, 2)
    return figure, read_supergraph(sdl)


def measure_public_query(folder: Path | None) -> Figure:
    """The median of planning the public workload's query; without a value where there is no folder with its files."""
    value = None
    if folder is not None and (folder / "supergraph.graphql").is_file() and (folder / "query.graphql").is_file():
        supergraph = read_supergraph((folder / "supergraph.graphql").read_text())
        value = _plan_milliseconds(supergraph, (folder / "query.graphql").read_text())
    return Figure("plan_public_ms", "plan the public benchmark query, cold", "ms", value, 20)


def measure_wide_query(supergraph: Supergraph) -> Figure:
    """The median of planning an operation of 200 fields over the generated supergraph."""
    text = build_wide_operation(supergraph.api_schema, WIDE_FIELDS, Random(SEED))
    value = _plan_milliseconds(supergraph, text)
    return Figure("plan_wide_ms", f"plan an operation of {WIDE_FIELDS} fields, cold", "ms", value, 60)


def measure_hostile(supergraph: Supergraph) -> Hostile:
    """Plan the hostile operation within the router's budget, its limits on documents left out, twice.

    Once for the time, and once for the peak of what Python allocated, since counting that slows the work down.
    """
    text = build_hostile_operation(supergraph.api_schema)
    begin = perf_counter()
    outcome = _attempt(supergraph, text)
    seconds = perf_counter() - begin
    gc.collect()
    tracemalloc.start()
    try:
        _attempt(supergraph, text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return Hostile(outcome, len(text), seconds, peak)


def _attempt(supergraph: Supergraph, text: str) -> str:
    graph = build_graph(supergraph)
    try:
        operation = normalize_operation(supergraph, parse_document(text), None)
        plan = plan_operation(graph, operation, RouterConfig().planner.budget)
    except (LimitExceeded, PlanningBudgetSpent) as refusal:
        return f"refused: {refusal.code}"
    return f"planned: {_count_fetches(plan)} fetches"


def _plan_milliseconds(supergraph: Supergraph, text: str) -> float:
    """Parsed and validated before; normalized and planned on a graph that has planned nothing yet."""
    document = parse_document(text)
    errors = validate(supergraph.api_schema, document)
    if errors:
        raise RuntimeError("\n".join(map(str, errors)))
    times: list[float] = []
    for _ in range(_PLAN_ROUNDS):
        graph = build_graph(supergraph)
        begin = perf_counter()
        plan_operation(graph, normalize_operation(supergraph, document, None), RouterConfig().planner.budget)
        times.append(perf_counter() - begin)
    return median(times) * 1000


def _median(work: Callable[[], Any], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        begin = perf_counter()
        work()
        times.append(perf_counter() - begin)
    return median(times)


def _count_fetches(plan: QueryPlan) -> int:
    return print_plan(plan).count("Fetch(")
