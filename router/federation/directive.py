"""What a specification says of one of its directives: arguments, locations, since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from entrepot.router.federation.literals import Literal

Version = tuple[int, int]
Arguments = Mapping[str, Literal]

ALL_TYPE_SYSTEM_PARTS = (
    "FIELD_DEFINITION",
    "OBJECT",
    "INTERFACE",
    "UNION",
    "ARGUMENT_DEFINITION",
    "SCALAR",
    "ENUM",
    "ENUM_VALUE",
    "INPUT_OBJECT",
    "INPUT_FIELD_DEFINITION",
)


@dataclass(frozen=True, slots=True)
class ArgumentSpecification:
    """One argument; `type` in GraphQL notation, `default` as GraphQL text or None."""

    name: str
    type: str
    default: str | None = None
    since: Version = (1, 0)


@dataclass(frozen=True, slots=True)
class DirectiveSpecification:
    """One directive of the federation specification, over all its versions.

    `feature` names the specification that a supergraph links for it, None when it stays in the subgraph.
    """

    name: str
    arguments: tuple[ArgumentSpecification, ...] = ()
    locations: tuple[str, ...] = ()
    repeatable_since: Version | None = None
    since: Version = (2, 0)
    is_in_federation_1: bool = False
    feature: str | None = None
    later_locations: tuple[tuple[str, Version], ...] = ()

    def is_repeatable(self, version: Version) -> bool:
        return self.repeatable_since is not None and version >= self.repeatable_since

    def arguments_at(self, version: Version) -> tuple[ArgumentSpecification, ...]:
        return tuple(argument for argument in self.arguments if version >= argument.since)

    def locations_at(self, version: Version) -> tuple[str, ...]:
        return self.locations + tuple(name for name, since in self.later_locations if version >= since)
