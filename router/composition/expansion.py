"""Federation's own definitions: added to a subgraph that leaves them out, checked where it repeats them."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import parse_value

from entrepot.router.composition.definitions import DirectiveDefinition, InputValue, Kind, Schema, TypeDefinition
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.link_definitions import check_link_types, define_link, link_specification, link_types
from entrepot.router.composition.type_references import is_list, is_non_null, item_type, named_type, nullable
from entrepot.router.federation.directive import ArgumentSpecification, DirectiveSpecification, Version
from entrepot.router.federation.link import FEDERATION_IDENTITY, Link
from entrepot.router.federation.literals import canonical, read_literal
from entrepot.router.federation.spec import DIRECTIVES, TYPES, VERSIONS, directives_at, types_at

_PROTOCOL_TYPES = frozenset({"_Any", "_Entity", "_Service", "_FieldSet"})
_PROTOCOL_FIELDS = frozenset({"_entities", "_service"})
_FEDERATION_1_TYPES = {"FieldSet": "_FieldSet"}


def add_federation_definitions(schema: Schema, links: list[Link], version: Version) -> list[CompositionError]:
    """Define the directives and scalars that the linked version has; return what is defined differently."""
    federation = next((link for link in links if link.identity == FEDERATION_IDENTITY), None)
    errors = _check_types(schema, federation)
    local_types = _local_types(federation)
    for specification in directives_at(version):
        local = federation.local_directive(specification.name) if federation else specification.name
        existing = schema.directives.get(local)
        if existing is None:
            schema.directives[local] = _build_definition(specification, local, version, local_types)
        else:
            errors += _check_definition(existing, specification, version, local_types, schema)
    for link in links:
        _add_standard_feature(schema, link, version, local_types)
    for name in types_at(version) if federation else ("FieldSet",):
        local = local_types[name]
        if local not in schema.types and federation is not None:
            schema.types[local] = TypeDefinition(name=local, kind=Kind.SCALAR)
    if links:
        errors += _check_link(schema, links, local_types)
        define_link(schema, link_types(links))
    return errors


def remove_federation_machinery(schema: Schema, links: list[Link]) -> None:
    """Take out `_entities`, `_service`, the types of the protocol and federation's own definitions."""
    query = schema.types.get(schema.roots.get("query", "Query"))
    if query is not None:
        for name in _PROTOCOL_FIELDS & query.fields.keys():
            del query.fields[name]
    local_types = set(_PROTOCOL_TYPES)
    for link in links:
        if link.identity.startswith("https://specs.apollo.dev/"):
            local_types.update(link.local_type(name) for name in TYPES)
    local_types.update(link_types(links).values())
    for name in list(schema.types):
        if name in local_types or name.startswith("federation__"):
            del schema.types[name]
    for name, definition in list(schema.directives.items()):
        if definition.federation or name == "link" or name.startswith("federation__"):
            del schema.directives[name]


def _check_link(schema: Schema, links: list[Link], local_types: dict[str, str]) -> list[CompositionError]:
    types = link_types(links)
    errors = check_link_types(schema, types)
    existing = schema.directives.get("link")
    if existing is not None and not errors:
        specification = link_specification(types)
        errors = _check_definition(
            existing, specification, VERSIONS[-1], {**local_types, "Import": types["Import"]}, schema
        )
    return errors


def _local_types(federation: Link | None) -> dict[str, str]:
    if federation is None:
        return {**{name: name for name in TYPES}, **_FEDERATION_1_TYPES}
    return {name: federation.local_type(name) for name in TYPES}


def _check_types(schema: Schema, federation: Link | None) -> list[CompositionError]:
    errors = []
    for local in _local_types(federation).values():
        definition = schema.types.get(local)
        if definition is None or federation is None:
            continue
        if definition.kind is not Kind.SCALAR:
            message = f'"{local}" belongs to federation and is a scalar there; rename your own {definition.kind}.'
            errors.append(CompositionError("TYPE_DEFINITION_INVALID", message, (definition.location,)))
    return errors


def _build_definition(
    specification: DirectiveSpecification, local: str, version: Version, local_types: dict[str, str]
) -> DirectiveDefinition:
    return DirectiveDefinition(
        name=local,
        arguments={each.name: _build_argument(each, local_types) for each in specification.arguments_at(version)},
        locations=specification.locations_at(version),
        is_repeatable=specification.is_repeatable(version),
        federation=specification.name,
    )


def _build_argument(argument: ArgumentSpecification, local_types: dict[str, str]) -> InputValue:
    return InputValue(
        name=argument.name,
        type=_localize(argument.type, local_types),
        default=_read_default(argument.default),
        has_default=argument.default is not None,
    )


def _read_default(text: str | None) -> object:
    if text is None:
        return None
    return read_literal(parse_value(text))


def _localize(reference: str, local_types: dict[str, str]) -> str:
    name = named_type(reference)
    return reference.replace(name, local_types[name]) if name in local_types else reference


def _check_definition(
    existing: DirectiveDefinition,
    specification: DirectiveSpecification,
    version: Version,
    local_types: dict[str, str],
    schema: Schema,
) -> list[CompositionError]:
    return [
        CompositionError(
            "DIRECTIVE_DEFINITION_INVALID",
            f'"@{existing.name}" comes from federation and {problem}; remove your definition or make it agree.',
            (existing.location,),
        )
        for problem in _explain_definition(existing, specification, version, local_types, schema)
    ]


def _explain_definition(
    existing: DirectiveDefinition,
    specification: DirectiveSpecification,
    version: Version,
    local_types: dict[str, str],
    schema: Schema,
) -> Iterator[str]:
    expected = {each.name: each for each in specification.arguments_at(version)}
    for name in sorted(existing.arguments.keys() - expected.keys()):
        yield f'it has no argument "{name}"'
    for name, argument in expected.items():
        actual = existing.arguments.get(name)
        if actual is not None:
            yield from _explain_argument(argument, actual, local_types, schema)
        elif argument.type.endswith("!") and argument.default is None:
            yield f'its argument "{name}" is missing'
    if existing.is_repeatable and not specification.is_repeatable(version):
        yield "it is not repeatable"
    extra = [each for each in existing.locations if each not in specification.locations_at(version)]
    if extra:
        yield f"it is not allowed on {', '.join(extra)}"


def _explain_argument(
    argument: ArgumentSpecification, actual: InputValue, local_types: dict[str, str], schema: Schema
) -> Iterator[str]:
    wanted = _localize(argument.type, local_types)
    actual_type = actual.type
    if is_non_null(actual_type) and not is_non_null(wanted):
        actual_type = nullable(actual_type)
    if not _may_redefine(wanted, actual_type, set(local_types.values()), schema):
        yield f'its argument "{argument.name}" is of type "{wanted}", not "{actual.type}"'
    elif actual.has_default and canonical(actual.default) != canonical(_read_default(argument.default)):
        yield f'its argument "{argument.name}" has another default'


def _may_redefine(wanted: str, actual: str, federation_scalars: set[str], schema: Schema) -> bool:
    """Whether `actual` can stand for `wanted`: what federation has as a scalar may be anything but another scalar."""
    if wanted == actual:
        return True
    if is_non_null(wanted) and is_non_null(actual):
        return _may_redefine(wanted[:-1], actual[:-1], federation_scalars, schema)
    if is_list(wanted):
        return is_list(actual) and _may_redefine(item_type(wanted), item_type(actual), federation_scalars, schema)
    if named_type(wanted) not in federation_scalars:
        return False
    definition = schema.types.get(named_type(actual))
    return definition is None or definition.kind is not Kind.SCALAR or named_type(actual) == wanted


def _add_standard_feature(schema: Schema, link: Link, version: Version, local_types: dict[str, str]) -> None:
    """A feature such as `tag` can be linked by its own specification too."""
    for specification in DIRECTIVES.values():
        if specification.feature == link.name and link.identity == f"https://specs.apollo.dev/{link.name}":
            local = link.local_directive(specification.name)
            newest = max(version, specification.since)
            if local not in schema.directives:
                types = {name: link.local_type(name) for name in local_types}
                schema.directives[local] = _build_definition(specification, local, newest, types)
                for argument in schema.directives[local].arguments.values():
                    name = named_type(argument.type)
                    if name in types.values():
                        schema.types.setdefault(name, TypeDefinition(name=name, kind=Kind.SCALAR))
