"""Whether every query that the API allows can be resolved by the subgraphs together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.hints import CompositionHint
from entrepot.router.composition.merge import MergeState
from entrepot.router.composition.satisfiability.checker import Findings, SatisfiabilityChecker
from entrepot.router.composition.satisfiability.query_graph import QueryGraph
from entrepot.router.composition.satisfiability.reach import Reach

__all__ = ["STEP_LIMIT", "check_satisfiability"]

STEP_LIMIT = 1_000_000

_MAX_LABELS_COMBINED = 5


def check_satisfiability(
    state: MergeState, step_limit: int = STEP_LIMIT
) -> tuple[list[CompositionError], list[CompositionHint]]:
    """Walk all paths of the merged API, for the assignments of override labels that matter.

    Up to five labels are tried in every combination; more of them all on, all off, and each by itself against the
    others. A walk is given up after `step_limit` steps. Returns one error a field that cannot be resolved (composition
    rules, satisfiability), and hints.
    """
    findings = Findings()
    labels = sorted(QueryGraph(state, frozenset()).labels)
    for active in _assignments(labels):
        SatisfiabilityChecker(Reach(QueryGraph(state, active)), findings, step_limit).run()
    return list(findings.errors.values()), list(findings.hints.values())


def _assignments(labels: list[str]) -> Iterator[frozenset[str]]:
    if len(labels) <= _MAX_LABELS_COMBINED:
        for choice in product((False, True), repeat=len(labels)):
            yield frozenset(label for label, is_active in zip(labels, choice, strict=True) if is_active)
        return
    everything = frozenset(labels)
    yield frozenset()
    yield everything
    for label in labels:
        yield frozenset({label})
        yield everything - {label}
