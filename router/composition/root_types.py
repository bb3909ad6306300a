"""Root types get the names they have in every supergraph: Query, Mutation and Subscription."""

from __future__ import annotations

import re

from entrepot.router.composition.definitions import Kind, Schema, TypeDefinition
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.subgraph import Subgraph


def rename_root_types(subgraph: Subgraph) -> list[CompositionError]:
    """Rename roots that are called otherwise; return an error where another type has the name already."""
    schema = subgraph.schema
    errors = []
    for kind, name in list(schema.roots.items()):
        wanted = kind.capitalize()
        if name == wanted or name not in schema.types:
            continue
        existing = schema.types.get(wanted)
        if existing is not None:
            message = (
                f'"{wanted}" in "{subgraph.name}" is not the {kind} root, "{name}" is; rename "{wanted}", '
                f"for the root is called so in the supergraph."
            )
            errors.append(CompositionError(f"ROOT_{kind.upper()}_USED", message, (existing.location,)))
            continue
        _rename(schema, name, wanted)
        schema.roots[kind] = wanted
    # Every subgraph answers `_service` and so has a query root, if only an empty one for all else.
    schema.types.setdefault("Query", TypeDefinition(name="Query", kind=Kind.OBJECT))
    schema.roots.setdefault("query", "Query")
    subgraph.forget_usage()
    return errors


def _rename(schema: Schema, old: str, new: str) -> None:
    pattern = re.compile(rf"\b{re.escape(old)}\b")
    renamed = schema.types.pop(old)
    renamed.name = new
    schema.types[new] = renamed
    for definition in schema.types.values():
        if old in definition.members:
            definition.members = {new if name == old else name: at for name, at in definition.members.items()}
        for each in definition.fields.values():
            each.type = pattern.sub(new, each.type)
    for each in renamed.fields.values():
        each.parent = new
        for argument in each.arguments.values():
            argument.coordinate = f"{each.coordinate}({argument.name}:)"
