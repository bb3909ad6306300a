"""Elements of the API schema by their keys: type, field, argument."""

from __future__ import annotations

from entrepot.router.supergraph import Supergraph


def is_in_both(base: Supergraph, head: Supergraph, key: tuple[str, ...]) -> bool:
    """Whether clients of both versions see the element: a type, a field or an argument."""
    return all(_has(version, *key) for version in (base, head))


def _has(supergraph: Supergraph, type_name: str, field_name: str | None = None, argument: str | None = None) -> bool:
    """Whether clients see the element."""
    type_ = supergraph.api_schema.type_map.get(type_name)
    if type_ is None or field_name is None:
        return type_ is not None
    field = getattr(type_, "fields", {}).get(field_name)
    return field is not None and (argument is None or argument in field.args)
