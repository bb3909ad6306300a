"""Composition: subgraphs become a supergraph, or the reasons why they cannot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from entrepot.router.composition.application_validity import check_applications, check_argument_values
from entrepot.router.composition.errors import CompositionError, SubgraphUnreadable
from entrepot.router.composition.hints import CompositionHint
from entrepot.router.composition.merge import MergeState, build_state, merge_schemas
from entrepot.router.composition.printer import print_schema
from entrepot.router.composition.root_types import rename_root_types
from entrepot.router.composition.rules import RULES
from entrepot.router.composition.satisfiability import STEP_LIMIT, check_satisfiability
from entrepot.router.composition.subgraph import Subgraph, SubgraphSchema, build_subgraph, finish_subgraph
from entrepot.router.composition.supergraph_features import add_supergraph_features
from entrepot.router.composition.supergraph_rules import SUPERGRAPH_RULES
from entrepot.router.composition.upgrade import normalize_federation_1, upgrade_subgraphs
from entrepot.router.composition.validity import check_validity


@dataclass(frozen=True, slots=True)
class CompositionResult:
    """What came of a composition: `supergraph_sdl` is None exactly when there are errors."""

    supergraph_sdl: str | None
    errors: tuple[CompositionError, ...] = ()
    hints: tuple[CompositionHint, ...] = ()


_Finding = TypeVar("_Finding", CompositionError, CompositionHint)
_RESERVED_NAME = re.compile(r"^(_?$|[^A-Za-z0-9]{2})")
"""A name stands in the supergraph with `_` for what is no letter or digit, and GraphQL keeps `__` to itself."""


class _Failed(Exception):
    def __init__(self, errors: Sequence[CompositionError], hints: Sequence[CompositionHint] = ()) -> None:
        super().__init__(len(errors))
        self.errors = errors
        self.hints = hints


def compose(subgraphs: Sequence[SubgraphSchema], *, step_limit: int = STEP_LIMIT) -> CompositionResult:
    """Compose subgraphs (federation 1 or 2.0 to 2.14) into a supergraph of the join specification.

    The result depends on the subgraphs alone, not on their order. What is wrong with them is returned as errors,
    each with a code of the catalogue, a message that says what to do, and locations; never raised. `step_limit` bounds
    the work of checking what can be resolved: one step is a field looked at from one set of subgraphs.
    """
    try:
        read = _read(sorted(subgraphs, key=lambda subgraph: subgraph.name))
        upgraded = _checked(upgrade_subgraphs(read, _check_rules), read)
        state = _merge(upgraded)
        hints = _check_supergraph(state, step_limit)
    except _Failed as failure:
        return CompositionResult(None, _unique(failure.errors), _unique(failure.hints))
    add_supergraph_features(state)
    return CompositionResult(print_schema(state.schema), (), _unique([*state.hints, *hints]))


def _read(sources: Sequence[SubgraphSchema]) -> list[Subgraph]:
    """Read, expand and check each subgraph by itself; all of them are looked at before any error is reported."""
    names = [source.name for source in sources]
    errors = [
        CompositionError("INVALID_SUBGRAPH_NAME", f'Two subgraphs are called "{name}"; rename one.')
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if errors:
        raise _Failed(errors)
    read: list[Subgraph] = []
    for source in sources:
        try:
            read.append(_read_subgraph(source))
        except SubgraphUnreadable as unreadable:
            errors += unreadable.errors
    if errors:
        raise _Failed(errors)
    return read


def _read_subgraph(source: SubgraphSchema) -> Subgraph:
    """One subgraph; the rules are not yet asked of federation 1, which may keep them only once it is upgraded."""
    subgraph = build_subgraph(source)
    if subgraph.unknown_imports:
        _refuse_if(check_argument_values(subgraph.schema) or subgraph.unknown_imports)
    errors = check_applications(subgraph.schema) + check_validity(subgraph.schema)
    if not errors and _RESERVED_NAME.match(source.name):
        message = f'"{source.name}" is reserved; give the subgraph a name that begins with a letter.'
        errors.append(CompositionError("INVALID_SUBGRAPH_NAME", message))
    _refuse_if(errors)
    finish_subgraph(subgraph)
    errors += rename_root_types(subgraph)
    if subgraph.is_federation_1:
        normalize_federation_1(subgraph)
    else:
        errors += _check_rules(subgraph)
    _refuse_if(errors)
    return subgraph


def _check_rules(subgraph: Subgraph) -> list[CompositionError]:
    try:
        return [error for rule in RULES for error in rule(subgraph)]
    except SubgraphUnreadable as unreadable:
        return list(unreadable.errors)


def _refuse_if(errors: list[CompositionError]) -> None:
    if errors:
        raise SubgraphUnreadable(errors)


def _checked(errors: list[CompositionError], subgraphs: list[Subgraph]) -> list[Subgraph]:
    if errors:
        raise _Failed(errors)
    return subgraphs


def _merge(subgraphs: list[Subgraph]) -> MergeState:
    state = build_state(subgraphs)
    if state.errors:
        raise _Failed(state.errors, state.hints)
    merge_schemas(state)
    for group in SUPERGRAPH_RULES:
        if state.errors:
            break
        for rule in group:
            state.errors += rule(state)
    if state.errors:
        raise _Failed(state.errors, state.hints)
    return state


def _check_supergraph(state: MergeState, step_limit: int) -> list[CompositionHint]:
    errors, hints = check_satisfiability(state, step_limit)
    if errors:
        raise _Failed(errors, [*state.hints, *hints])
    return hints


def _unique(found: Iterable[_Finding]) -> tuple[_Finding, ...]:
    """Errors or hints without repeats, in the order in which they were found."""
    return tuple(dict.fromkeys(found))
