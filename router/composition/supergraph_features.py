"""The specifications a supergraph links: join, link, and those of the directives it carries."""

from __future__ import annotations

from graphql import parse_value

from entrepot.router.composition.definitions import (
    AppliedDirective,
    DirectiveDefinition,
    EnumValue,
    InputValue,
    Kind,
    Schema,
    TypeDefinition,
    iterate_elements,
)
from entrepot.router.composition.merge import MergeState
from entrepot.router.composition.reader import read_schema
from entrepot.router.federation.directive import Version
from entrepot.router.federation.link import LINK_IDENTITY
from entrepot.router.federation.literals import EnumLiteral, Literal, read_literal
from entrepot.router.federation.spec import DIRECTIVES, LATEST, TYPES

_SPECIFICATIONS = "https://specs.apollo.dev"
_FEATURES: dict[str, tuple[str, str | None]] = {
    "tag": ("v0.3", None),
    "inaccessible": ("v0.2", "SECURITY"),
    "authenticated": ("v0.1", "SECURITY"),
    "requiresScopes": ("v0.1", "SECURITY"),
    "policy": ("v0.1", "SECURITY"),
    "context": ("v0.1", "SECURITY"),
    "cost": ("v0.1", None),
}
"""Feature -> (version, purpose), in the order in which they are linked."""

_JOIN_VERSIONS: tuple[tuple[Version, str], ...] = (((2, 8), "v0.5"), ((2, 7), "v0.4"), ((1, 0), "v0.3"))

_LINK_SDL = '''
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar link__Import
enum link__Purpose {
  """`SECURITY` features provide metadata that is needed to resolve fields securely."""
  SECURITY
  """`EXECUTION` features provide metadata that is needed to execute operations."""
  EXECUTION
}
'''

_JOIN_SDL = """
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false,
  resolvable: Boolean! = true, isInterfaceObject: Boolean! = false)
  repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
scalar join__FieldSet
"""

_JOIN_FIELD = (
    "directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, "
    "external: Boolean, override: String, usedOverridden: Boolean{more}) "
    "repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION\n"
)

_JOIN_MORE: dict[str, tuple[str, str]] = {
    "v0.3": ("", ""),
    "v0.4": (", overrideLabel: String", ""),
    "v0.5": (
        ", overrideLabel: String, contextArguments: [join__ContextArgument!]",
        """
input join__ContextArgument {
  name: String!
  type: String!
  context: String!
  selection: join__FieldValue!
}
scalar join__DirectiveArguments
scalar join__FieldValue
directive @join__directive(graphs: [join__Graph!], name: String!, args: join__DirectiveArguments)
  repeatable on SCHEMA | OBJECT | INTERFACE | FIELD_DEFINITION
""",
    ),
}


def add_supergraph_features(state: MergeState) -> None:
    """Link and define in the merged schema every specification that its directives come from."""
    schema = state.schema
    newest = max(subgraph.implied_version for subgraph in state.subgraphs)
    join_version = next(version for since, version in _JOIN_VERSIONS if newest >= since)
    more_arguments, more_definitions = _JOIN_MORE[join_version]
    for sdl in (_LINK_SDL, _JOIN_SDL, _JOIN_FIELD.format(more=more_arguments), more_definitions):
        _define(schema, sdl)
    _define_graphs(state)
    links = [_link(f"{LINK_IDENTITY}/v1.0"), _link(f"{_SPECIFICATIONS}/join/{join_version}", purpose="EXECUTION")]
    used = {each.federation for _, _, part in iterate_elements(schema) for each in part.directives}
    used |= {each.federation for each in schema.applied}
    for feature, (version, purpose) in _FEATURES.items():
        if feature in state.features:
            links.append(_link_feature(state, feature, version, purpose, used))
    schema.applied = links + _link_composed(state) + schema.applied


def _define(schema: Schema, sdl: str) -> None:
    if sdl.strip():
        definitions, _ = read_schema(sdl, "")
        schema.types.update(definitions.types)
        schema.directives.update(definitions.directives)


def _define_graphs(state: MergeState) -> None:
    graphs = TypeDefinition(name="join__Graph", kind=Kind.ENUM)
    for subgraph in state.subgraphs:
        name = state.graph(subgraph)
        application = AppliedDirective("join__graph", {"name": subgraph.name, "url": subgraph.url})
        graphs.values[name] = EnumValue(name=name, directives=[application])
    state.schema.types[graphs.name] = graphs


def _link(url: str, *, imports: list[Literal] | None = None, purpose: str | None = None) -> AppliedDirective:
    arguments: dict[str, Literal] = {"url": url}
    if imports:
        arguments["import"] = imports
    if purpose:
        arguments["for"] = EnumLiteral(purpose)
    return AppliedDirective("link", arguments)


def _link_feature(
    state: MergeState, feature: str, version: str, purpose: str | None, used: set[str | None]
) -> AppliedDirective:
    imports: list[Literal] = []
    for specification in DIRECTIVES.values():
        is_context = feature == "context" and specification.name in ("context", "fromContext")
        if not is_context and (specification.feature != feature or specification.name not in used):
            continue
        local = state.directive_names.get(specification.name, specification.name)
        if is_context:
            local = "context" if specification.name == "context" else "context__fromContext"
        elif local != specification.name:
            imports.append({"name": f"@{specification.name}", "as": f"@{local}"})
        elif local != feature:
            imports.append(f"@{local}")
        types = {name: f"{feature}__{name}" for name in TYPES}
        arguments = {}
        for argument in specification.arguments:
            reference = argument.type
            for name, scalar in types.items():
                if name in reference:
                    reference = reference.replace(name, scalar)
                    state.schema.types[scalar] = TypeDefinition(name=scalar, kind=Kind.SCALAR)
            default = read_literal(parse_value(argument.default)) if argument.default else None
            arguments[argument.name] = InputValue(
                name=argument.name, type=reference, default=default, has_default=argument.default is not None
            )
        state.schema.directives[local] = DirectiveDefinition(
            name=local,
            arguments=arguments,
            locations=specification.locations_at(LATEST),
            is_repeatable=specification.is_repeatable(LATEST),
        )
    return _link(f"{_SPECIFICATIONS}/{feature}/{version}", imports=imports, purpose=purpose)


def _link_composed(state: MergeState) -> list[AppliedDirective]:
    links: dict[str, list[Literal]] = {}
    for name, composed in state.composed.by_name.items():
        imports = links.setdefault(composed.link.url, [])
        if composed.original == name:
            imports.append(f"@{name}")
        else:
            imports.append({"name": f"@{composed.original}", "as": f"@{name}"})
    return [_link(url, imports=imports) for url, imports in links.items()]
