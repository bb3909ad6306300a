"""Changes of which subgraph defines what: subgraphs, keys, the owners of fields, overrides and requirements."""

from __future__ import annotations

from collections.abc import Iterator

from entrepot.router.checks.change import Change
from entrepot.router.supergraph import FieldDefinition, Supergraph, TypeDefinition

_ALL = ""


def compare_entities(base: Supergraph, head: Supergraph) -> Iterator[Change]:
    """The changes of subgraphs, and of the types and fields that both versions have."""
    yield from _compare_subgraphs(base, head)
    for name, type_ in base.types.items():
        other = head.types.get(name)
        if other is None:
            continue
        yield from _compare_keys(name, _keys(base, type_), _keys(head, other))
        for field_name, field in type_.fields.items():
            if (after := other.fields.get(field_name)) is not None:
                coordinate = f"{name}.{field_name}"
                yield from _compare_owners(coordinate, _owners(base, type_, field), _owners(head, other, after))
                yield from _compare_overrides(coordinate, _overrides(base, field), _overrides(head, after))
                yield from _compare_requirements(coordinate, _requirements(base, field), _requirements(head, after))


def _compare_subgraphs(base: Supergraph, head: Supergraph) -> Iterator[Change]:
    before = {subgraph.name for subgraph in base.subgraphs.values()}
    after = {subgraph.name for subgraph in head.subgraphs.values()}
    for name in sorted(before - after):
        yield Change.of("SUBGRAPH_REMOVED", name, f"The subgraph {name} is removed.")
    for name in sorted(after - before):
        yield Change.of("SUBGRAPH_ADDED", name, f"The subgraph {name} is added.")


def _compare_keys(name: str, base: dict[tuple[str, str], bool], head: dict[tuple[str, str], bool]) -> Iterator[Change]:
    for (subgraph, key), is_resolvable in base.items():
        if (subgraph, key) not in head:
            yield Change.of("KEY_REMOVED", name, f'{subgraph} no longer has the key "{key}" of {name}.')
        elif is_resolvable and not head[subgraph, key]:
            message = f'{subgraph} no longer resolves {name} by the key "{key}" (resolvable: false).'
            yield Change.of("ENTITY_NOT_RESOLVABLE", name, message)
        elif not is_resolvable and head[subgraph, key]:
            yield Change.of("ENTITY_RESOLVABLE", name, f'{subgraph} resolves {name} by the key "{key}" now.')
    for subgraph, key in head:
        if (subgraph, key) not in base:
            yield Change.of("KEY_ADDED", name, f'{subgraph} has the key "{key}" of {name} now.')


def _compare_owners(coordinate: str, base: frozenset[str], head: frozenset[str]) -> Iterator[Change]:
    """Another subgraph that resolves the field as well is no change: it is chosen where it costs less."""
    if base - head:
        before, after = ", ".join(sorted(base)), ", ".join(sorted(head)) or "no subgraph"
        yield Change.of("FIELD_MOVED", coordinate, f"{coordinate} was resolved by {before} and is resolved by {after}.")


def _compare_overrides(
    coordinate: str, base: frozenset[tuple[str, str, str]], head: frozenset[tuple[str, str, str]]
) -> Iterator[Change]:
    if base != head:
        message = f"The overrides of {coordinate} change from {_print_overrides(base)} to {_print_overrides(head)}."
        yield Change.of("OVERRIDE_CHANGED", coordinate, message)


def _compare_requirements(coordinate: str, base: dict[str, str], head: dict[str, str]) -> Iterator[Change]:
    for subgraph in sorted(base.keys() & head.keys()):
        if base[subgraph] != head[subgraph]:
            before, after = (f'"{text}"' if text else "nothing" for text in (base[subgraph], head[subgraph]))
            message = f"{coordinate} requires {after} in {subgraph}, and required {before}."
            yield Change.of("REQUIREMENT_CHANGED", coordinate, message)


def _keys(supergraph: Supergraph, type_: TypeDefinition) -> dict[tuple[str, str], bool]:
    """The keys by the subgraph's own name, and whether it resolves them."""
    return {
        (supergraph.subgraphs[join.graph].name, join.key): join.resolvable
        for join in type_.joins
        if join.key is not None
    }


def _owners(supergraph: Supergraph, type_: TypeDefinition, field: FieldDefinition) -> frozenset[str]:
    graphs = {join.graph for join in field.joins if join.graph is not None and not join.external}
    resolving = graphs if field.joins else type_.graphs
    return frozenset(supergraph.subgraphs[graph].name for graph in resolving)


def _overrides(supergraph: Supergraph, field: FieldDefinition) -> frozenset[tuple[str, str, str]]:
    return frozenset(
        (supergraph.subgraphs[join.graph].name, join.override, join.override_label or _ALL)
        for join in field.joins
        if join.graph is not None and join.override is not None
    )


def _requirements(supergraph: Supergraph, field: FieldDefinition) -> dict[str, str]:
    return {
        supergraph.subgraphs[join.graph].name: join.requires or ""
        for join in field.joins
        if join.graph is not None and not join.external
    }


def _print_overrides(overrides: frozenset[tuple[str, str, str]]) -> str:
    texts = sorted(f"{to} from {source}{f' ({label})' if label else ''}" for to, source, label in overrides)
    return ", ".join(texts) or "none"
