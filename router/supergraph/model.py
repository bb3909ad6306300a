"""A supergraph as typed values: its subgraphs, and which of them defines which type and field, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from graphql import GraphQLSchema

from entrepot.router.federation.auth import NO_AUTHORIZATION, Authorization
from entrepot.router.federation.joins import JoinField, JoinType
from entrepot.router.supergraph.cache_tags import CacheTags
from entrepot.router.supergraph.demand import Demand
from entrepot.router.supergraph.links import Links


class TypeKind(Enum):
    """The six kinds of named types."""

    SCALAR = "scalar"
    OBJECT = "type"
    INTERFACE = "interface"
    UNION = "union"
    ENUM = "enum"
    INPUT = "input"


@dataclass(frozen=True, slots=True)
class Subgraph:
    """One subgraph: its value in the graph enum, its own name, and where it is served."""

    graph: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class TypeReference:
    """A type where it is used: `[String!]!` has the name String and the shape (True, True), outside in."""

    name: str
    shape: tuple[bool, ...]
    text: str

    @property
    def list_depth(self) -> int:
        return len(self.shape) - 1


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """A field of an object or interface; without `joins`, every subgraph of the type defines it alike.

    `subgraph_types` holds the type where a subgraph declares another than the supergraph.
    """

    name: str
    type: TypeReference
    joins: tuple[JoinField, ...] = ()
    subgraph_types: Mapping[str, TypeReference] = field(default_factory=dict)
    is_inaccessible: bool = False
    authorization: Authorization = NO_AUTHORIZATION


@dataclass(frozen=True, slots=True)
class TypeDefinition:
    """A named type with what each subgraph (by graph) says of it; `contexts` are those that its `@context` sets."""

    name: str
    kind: TypeKind
    joins: tuple[JoinType, ...]
    fields: Mapping[str, FieldDefinition] = field(default_factory=dict)
    interfaces: frozenset[str] = frozenset()
    interfaces_by_graph: Mapping[str, frozenset[str]] = field(default_factory=dict)
    members: frozenset[str] = frozenset()
    members_by_graph: Mapping[str, frozenset[str]] = field(default_factory=dict)
    owner: str | None = None
    contexts: frozenset[str] = frozenset()
    is_inaccessible: bool = False
    authorization: Authorization = NO_AUTHORIZATION

    @property
    def graphs(self) -> frozenset[str]:
        """The subgraphs that define the type."""
        return frozenset(join.graph for join in self.joins)

    @property
    def interface_object_graphs(self) -> frozenset[str]:
        """The subgraphs to which this interface is an `@interfaceObject`."""
        return frozenset(join.graph for join in self.joins if join.is_interface_object)


@dataclass(frozen=True, slots=True, eq=False)
class Supergraph:
    """What the router loads; `api_schema` is what clients see of it.

    `root_types` names the type of each operation kind; `override_labels` all labels of progressive overrides.
    """

    subgraphs: Mapping[str, Subgraph]
    types: Mapping[str, TypeDefinition]
    root_types: Mapping[str, str]
    override_labels: frozenset[str]
    api_schema: GraphQLSchema
    links: Links
    join_version: tuple[int, int]
    demand: Demand = field(default_factory=Demand)
    cache_tags: CacheTags = field(default_factory=CacheTags)

    def field_authorization(self, type_name: str, field_name: str) -> Authorization:
        """What must hold to select the field: its own authorization and that of the type it returns."""
        definition = self.types[type_name].fields[field_name]
        returned = self.types.get(definition.type.name)
        if returned is None:
            return definition.authorization
        return definition.authorization.both(returned.authorization)
