"""What a suite's subgraphs know: rows per entity, what each answers otherwise, and the traps set beyond the general."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
"""Field names to values: JSON, a `Ref`, lists of both, or a function of the field's arguments."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A row of the suite, by its type and its name there."""

    typename: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Fixture:
    """One subgraph of a suite.

    `query` and `mutation` hold the root fields. `fields` says by coordinate (`Account.isActive`) where this subgraph
    answers otherwise than the rows do. A coordinate in `only_provided` is answered on paths that provide it and throws
    elsewhere. `says` gives the type name that is answered for an `@interfaceObject`, which nobody may believe.
    """

    query: Row = field(default_factory=dict)
    mutation: Row = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    only_provided: frozenset[str] = frozenset()
    says: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Suite:
    """`rows` by type and name are the one truth: every subgraph answers from them what its SDL lets it answer.

    What a field with `@requires` makes of the required values is in the row as well; the subgraph answers it only when
    it was sent exactly the required values that the rows hold.
    """

    rows: Mapping[str, Mapping[str, Row]] = field(default_factory=dict)
    subgraphs: Mapping[str, Fixture] = field(default_factory=dict)


def refs(typename: str, *names: str) -> list[Ref]:
    """Several rows of one type."""
    return [Ref(typename, name) for name in names]
