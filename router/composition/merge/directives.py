"""Applied directives: which of them the supergraph carries, and how several applications become one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from entrepot.router.composition.definitions import AppliedDirective, Element, Location, directive_location
from entrepot.router.composition.merge.directive_arguments import merge_arguments_of
from entrepot.router.composition.merge.state import MergeState, Source
from entrepot.router.composition.subgraph import Subgraph
from entrepot.router.federation.literals import canonical, print_literal
from entrepot.router.federation.spec import DIRECTIVES

_BUILT_IN = frozenset({"deprecated", "specifiedBy"})
_DEFAULTS: dict[str, dict[str, Any]] = {"deprecated": {"reason": "No longer supported"}}
_JOIN_DIRECTIVES = frozenset({"cacheTag"})
"""Directives that the supergraph carries as `@join__directive`, each with the subgraph it comes from."""


@dataclass(frozen=True, slots=True)
class _Found:
    subgraph: Subgraph
    application: AppliedDirective


def supergraph_name(state: MergeState, subgraph: Subgraph, application: AppliedDirective, location: str) -> str | None:
    """What an application at this directive location is called in the supergraph, None when it stays behind."""
    if application.federation is not None:
        specification = DIRECTIVES.get(application.federation)
        if specification is None or specification.feature is None or specification.feature == "context":
            return None
        return state.directive_names[application.federation]
    if application.name in _BUILT_IN:
        return application.name
    composed = state.composed.by_name.get(application.name)
    is_carried = composed is not None and location in composed.definition.locations and not subgraph.is_federation_1
    return application.name if is_carried else None


def merge_directives(state: MergeState, sources: Sequence[Source[Any]], target: Element, coordinate: str) -> None:
    """Put on `target` what the sources' applications come to in the supergraph."""
    location = directive_location(target)
    found: dict[str, list[_Found]] = {}
    for source in sources:
        for application in source.element.directives:
            if application.federation in _JOIN_DIRECTIVES:
                _add_join_directive(state, source.subgraph, application, target)
            name = supergraph_name(state, source.subgraph, application, location)
            if name is not None:
                found.setdefault(name, []).append(_Found(source.subgraph, application))
    for name, applications in found.items():
        add_merged(state, name, [(each.subgraph, each.application) for each in applications], target, coordinate)


def add_merged(
    state: MergeState,
    name: str,
    applications: list[tuple[Subgraph | None, AppliedDirective]],
    target: Element,
    coordinate: str,
) -> None:
    """Put the one or several applications that these come to on `target`."""
    federation = applications[0][1].federation
    if federation is not None:
        feature = DIRECTIVES[federation].feature
        assert feature is not None
        state.features.add(feature)
    distinct: dict[str, AppliedDirective] = {}
    for _, application in applications:
        distinct.setdefault(_normalized(application), application)
    if len(distinct) == 1 or _is_repeatable(state, name, federation):
        for application in distinct.values():
            target.directives.append(_carry(name, application, application.arguments))
        return
    first = applications[0][1]
    merged = merge_arguments_of(federation, [application.arguments for _, application in applications])
    if merged is not None:
        listed = ", ".join(f"{argument}: {print_literal(value)}" for argument, value in merged.items())
        message = f'"@{name}" on "{coordinate}" has different arguments; the supergraph combines them to ({listed}).'
        state.hint("MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS", message, coordinate)
        target.directives.append(_carry(name, first, merged))
        return
    counts = Counter(_normalized(application) for _, application in applications)
    winner = distinct[counts.most_common(1)[0][0]]
    message = f'"@{name}" on "{coordinate}" has different arguments; the supergraph uses the most common ones.'
    state.hint("INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS", message, coordinate)
    target.directives.append(_carry(name, winner, winner.arguments))


def _carry(name: str, application: AppliedDirective, arguments: dict[str, Any]) -> AppliedDirective:
    return AppliedDirective(name, dict(arguments), application.federation, Location(""))


def _is_repeatable(state: MergeState, name: str, federation: str | None) -> bool:
    if federation is not None:
        return DIRECTIVES[federation].repeatable_since is not None
    composed = state.composed.by_name.get(name)
    return composed is not None and composed.definition.is_repeatable


def _normalized(application: AppliedDirective) -> str:
    """Equal for applications that mean the same: defaults that are left out count as written."""
    return canonical({**_DEFAULTS.get(application.name, {}), **application.arguments})


def _add_join_directive(state: MergeState, subgraph: Subgraph, application: AppliedDirective, target: Element) -> None:
    name = f"federation__{application.federation}"
    for existing in target.directives:
        is_same = existing.name == "join__directive" and existing.arguments["name"] == name
        if is_same and canonical(existing.arguments["args"]) == canonical(application.arguments):
            if state.graph(subgraph) not in existing.arguments["graphs"]:
                existing.arguments["graphs"].append(state.graph(subgraph))
            return
    arguments = {"graphs": [state.graph(subgraph)], "name": name, "args": dict(application.arguments)}
    target.directives.append(AppliedDirective("join__directive", arguments))
