"""Supergraph SDL to the typed supergraph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from graphql import GraphQLError, Source, parse
from graphql.language import (
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse_type,
    print_ast,
)

from entrepot.router.errors import SupergraphInvalid
from entrepot.router.federation.auth import (
    NO_AUTHORIZATION,
    Authorization,
    parse_authenticated,
    parse_policy,
    parse_requires_scopes,
)
from entrepot.router.federation.joins import (
    JOIN_VERSIONS,
    JoinField,
    JoinType,
    parse_join_field,
    parse_join_graph,
    parse_join_implements,
    parse_join_owner,
    parse_join_type,
    parse_join_union_member,
)
from entrepot.router.federation.literals import read_literal
from entrepot.router.supergraph.api_schema import build_api_schema
from entrepot.router.supergraph.cache_tags import read_cache_tags
from entrepot.router.supergraph.demand import read_demand
from entrepot.router.supergraph.links import Links, read_links
from entrepot.router.supergraph.model import (
    FieldDefinition,
    Subgraph,
    Supergraph,
    TypeDefinition,
    TypeKind,
    TypeReference,
)

_KINDS: tuple[tuple[type[TypeDefinitionNode], TypeKind], ...] = (
    (ObjectTypeDefinitionNode, TypeKind.OBJECT),
    (InterfaceTypeDefinitionNode, TypeKind.INTERFACE),
    (UnionTypeDefinitionNode, TypeKind.UNION),
    (EnumTypeDefinitionNode, TypeKind.ENUM),
    (InputObjectTypeDefinitionNode, TypeKind.INPUT),
    (ScalarTypeDefinitionNode, TypeKind.SCALAR),
)
_AUTHORIZATION: tuple[tuple[str, Callable[[Any], Authorization]], ...] = (
    ("authenticated", parse_authenticated),
    ("requiresScopes", parse_requires_scopes),
    ("policy", parse_policy),
)


def read_supergraph(sdl: str) -> Supergraph:
    """The supergraph that the SDL describes (join v0.1 to v0.5, link v1.0, core v0.1 and v0.2).

    `SupergraphInvalid` when the SDL does not parse, links no join specification of a known version, names a graph
    that the graph enum lacks, or does not make a schema.
    """
    try:
        document = parse(Source(sdl, "supergraph"))
    except GraphQLError as error:
        raise SupergraphInvalid(f"The supergraph does not parse: {error}") from error
    return _Reader(document).read()


class _Reader:
    def __init__(self, document: DocumentNode) -> None:
        self.document = document
        schemas = [node for node in document.definitions if isinstance(node, SchemaDefinitionNode)]
        if not schemas:
            raise SupergraphInvalid("The document has no `schema` definition, which would link the join specification.")
        self.schema = schemas[0]
        self.links: Links = read_links(self.schema.directives or ())
        self.join = self.links.by_name["join"]
        if self.join.version not in JOIN_VERSIONS:
            major, minor = self.join.version
            raise SupergraphInvalid(f"The join specification v{major}.{minor} is not known; v0.1 to v0.5 are.")
        self.subgraphs = self._read_subgraphs()

    def read(self) -> Supergraph:
        nodes = [
            node
            for node in self.document.definitions
            if isinstance(node, TypeDefinitionNode) and not self.links.owns(node.name.value, is_directive=False)
        ]
        types = {node.name.value: self._read_type(node) for node in nodes}
        _refuse_unknown_types(types)
        fields = (item for kind in types.values() for item in kind.fields.values())
        labels = {join.override_label for item in fields for join in item.joins}
        return Supergraph(
            subgraphs=self.subgraphs,
            types=types,
            root_types={node.operation.value: node.type.name.value for node in self.schema.operation_types},
            override_labels=frozenset(label for label in labels if label is not None),
            api_schema=build_api_schema(self.document, self.links),
            links=self.links,
            join_version=self.join.version,
            demand=read_demand(self.document, self.links),
            cache_tags=read_cache_tags(self.document),
        )

    def _read_subgraphs(self) -> dict[str, Subgraph]:
        name = self.join.type_name("Graph")
        subgraphs: dict[str, Subgraph] = {}
        for node in self.document.definitions:
            if isinstance(node, EnumTypeDefinitionNode) and node.name.value == name:
                for value in node.values or ():
                    joins = self._applications(value.directives, "graph")
                    if not joins:
                        directive = self.join.directive_name("graph")
                        raise SupergraphInvalid(f"The graph {value.name.value} has no @{directive}.")
                    graph = parse_join_graph(joins[0])
                    subgraphs[value.name.value] = Subgraph(value.name.value, graph.name, graph.url)
        if not subgraphs:
            raise SupergraphInvalid(f"The enum {name} is missing or empty, so the supergraph has no subgraph.")
        return subgraphs

    def _applications(self, directives: Iterable[DirectiveNode] | None, name: str) -> list[dict[str, Any]]:
        wanted = self.join.directive_name(name)
        return [_arguments(directive) for directive in directives or () if directive.name.value == wanted]

    def _known(self, graph: str, where: str) -> str:
        if graph not in self.subgraphs:
            raise SupergraphInvalid(f"{where} names the graph {graph}, which the graph enum lacks.")
        return graph

    def _read_type(self, node: Any) -> TypeDefinition:
        name = node.name.value
        joins = tuple(map(parse_join_type, self._applications(node.directives, "type")))
        owners = [parse_join_owner(arguments) for arguments in self._applications(node.directives, "owner")]
        for join in joins:
            self._known(join.graph, f"The type {name}")
        implements = [parse_join_implements(entry) for entry in self._applications(node.directives, "implements")]
        members = [parse_join_union_member(entry) for entry in self._applications(node.directives, "unionMember")]
        all_members = frozenset(member.name.value for member in getattr(node, "types", None) or ())
        all_interfaces = frozenset(item.name.value for item in getattr(node, "interfaces", None) or ())
        # A value type of join v0.1 carries no @join__type: every subgraph may hold it.
        type_joins = joins or tuple(JoinType(graph) for graph in self.subgraphs)
        graphs = {join.graph for join in type_joins}
        fields = getattr(node, "fields", None) or () if not isinstance(node, InputObjectTypeDefinitionNode) else ()
        return TypeDefinition(
            name=name,
            kind=next(kind for node_type, kind in _KINDS if isinstance(node, node_type)),
            joins=type_joins,
            fields={item.name.value: self._read_field(name, item) for item in fields},
            interfaces=all_interfaces,
            interfaces_by_graph=_by_graph(
                [(item.graph, item.interface) for item in implements], graphs, all_interfaces
            ),
            members=all_members,
            members_by_graph=_by_graph([(item.graph, item.member) for item in members], graphs, all_members),
            owner=owners[0] if owners else None,
            contexts=self._read_contexts(node),
            is_inaccessible=self._is_inaccessible(node),
            authorization=self._read_authorization(node),
        )

    def _read_field(self, type_name: str, node: FieldDefinitionNode) -> FieldDefinition:
        joins: tuple[JoinField, ...] = tuple(map(parse_join_field, self._applications(node.directives, "field")))
        for join in joins:
            if join.graph is not None:
                self._known(join.graph, f"The field {type_name}.{node.name.value}")
        return FieldDefinition(
            name=node.name.value,
            type=read_type_reference(node.type),
            joins=joins,
            subgraph_types={
                join.graph: read_type_reference(parse_type(join.type))
                for join in joins
                if join.type is not None and join.graph is not None
            },
            is_inaccessible=self._is_inaccessible(node),
            authorization=self._read_authorization(node),
        )

    def _read_contexts(self, node: Any) -> frozenset[str]:
        name = self.links.directive_name("context")
        found = [_arguments(directive) for directive in node.directives or () if directive.name.value == name]
        return frozenset(arguments["name"] for arguments in found)

    def _is_inaccessible(self, node: Any) -> bool:
        name = self.links.directive_name("inaccessible")
        return name is not None and any(directive.name.value == name for directive in node.directives or ())

    def _read_authorization(self, node: Any) -> Authorization:
        authorization = NO_AUTHORIZATION
        for specification, read in _AUTHORIZATION:
            name = self.links.directive_name(specification)
            for directive in node.directives or ():
                if directive.name.value == name:
                    authorization = authorization.both(read(_arguments(directive)))
        return authorization


def read_type_reference(node: TypeNode) -> TypeReference:
    """The name and wrappers of a type as it is written."""
    shape: list[bool] = []
    inner: Any = node
    while True:
        is_non_null = isinstance(inner, NonNullTypeNode)
        if is_non_null:
            inner = inner.type
        shape.append(is_non_null)
        if not isinstance(inner, ListTypeNode):
            return TypeReference(inner.name.value, tuple(shape), print_ast(node))
        inner = inner.type


def _arguments(directive: DirectiveNode) -> dict[str, Any]:
    return {argument.name.value: read_literal(argument.value) for argument in directive.arguments or ()}


def _by_graph(
    pairs: Iterable[tuple[str, str]], graphs: Iterable[str], default: frozenset[str]
) -> dict[str, frozenset[str]]:
    """Names by graph; a supergraph too old to say which graph has which has them in all."""
    grouped: dict[str, set[str]] = {}
    for graph, name in pairs:
        grouped.setdefault(graph, set()).add(name)
    if not grouped:
        return dict.fromkeys(graphs, default) if default else {}
    return {graph: frozenset(names) for graph, names in grouped.items()}


def _refuse_unknown_types(types: dict[str, TypeDefinition]) -> None:
    builtin = {"Int", "Float", "String", "Boolean", "ID"}
    for definition in types.values():
        for item in definition.fields.values():
            for reference in (item.type, *item.subgraph_types.values()):
                if reference.name not in types and reference.name not in builtin:
                    raise SupergraphInvalid(
                        f"The field {definition.name}.{item.name} returns {reference.name}, which is not defined."
                    )
        for name in (*definition.interfaces, *definition.members):
            if name not in types:
                raise SupergraphInvalid(f"The type {definition.name} refers to {name}, which is not defined.")
