"""The nodes of the query graph: a type as one subgraph defines it."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.router.selection import SelectionSet


@dataclass(frozen=True, slots=True)
class EntityKey:
    """A `@key` of a type in one subgraph; `entity_type` is what a representation's `__typename` must say there."""

    fields: SelectionSet
    text: str
    is_resolvable: bool
    entity_type: str


@dataclass(frozen=True, slots=True)
class TypeNode:
    """A composite type in one subgraph.

    `possible_types` holds the concrete types an object of it may have there; for an `@interfaceObject` only the type
    itself, since that subgraph cannot tell implementations apart. `fields` are all that the type declares there, with
    the named type of each.
    """

    subgraph: str
    name: str
    is_abstract: bool
    is_interface_object: bool
    keys: tuple[EntityKey, ...]
    possible_types: frozenset[str]
    fields: dict[str, str]

    def __str__(self) -> str:
        return f"{self.name}/{self.subgraph}"
