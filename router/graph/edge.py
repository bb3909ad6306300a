"""The edges of the query graph: a field that one subgraph resolves, and under which conditions."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.router.selection import SelectionSet


@dataclass(frozen=True, slots=True)
class ContextUse:
    """An argument that the router fills (`@fromContext`): what is selected of the nearest object that sets the context.

    `type` is the argument's own, as the subgraph writes it.
    """

    argument: str
    context: str
    type: str
    selections: SelectionSet


@dataclass(frozen=True, slots=True, eq=False)
class FieldEdge:
    """A move from an object to what one of its fields returns, within one subgraph.

    `type_name` is the named type the subgraph declares for it, `shape` the wrappers with the leaf's name: fields whose
    shapes differ cannot share a response key there. `is_external` edges count only where `@provides` names them.
    `entity_type` differs from the object's type when the subgraph knows that only as an `@interfaceObject`. What
    `needs_input` is answered only in an entity call, whose request brings values that were fetched before.
    """

    subgraph: str
    name: str
    entity_type: str
    type_name: str
    list_depth: int
    shape: str
    is_leaf: bool
    is_external: bool = False
    requires: SelectionSet = ()
    provides: SelectionSet = ()
    contexts: tuple[ContextUse, ...] = ()
    needs_input: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs_input", bool(self.requires or self.contexts))
