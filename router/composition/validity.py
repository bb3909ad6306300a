"""The rules of the GraphQL specification that hold for any schema: a subgraph's and the merged one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from router.composition.definitions import (
    BUILT_IN_SCALARS,
    FieldDefinition,
    InputValue,
    Kind,
    Location,
    Schema,
    TypeDefinition,
)
from router.composition.errors import CompositionError
from router.composition.literal_validity import explain_literal
from router.composition.type_references import is_non_null, is_subtype, named_type

Problem = tuple[str, Location]

_INPUT_KINDS = frozenset({Kind.SCALAR, Kind.ENUM, Kind.INPUT})
_OUTPUT_KINDS = frozenset(Kind) - {Kind.INPUT}


def check_validity(schema: Schema) -> list[CompositionError]:
    """What the type system of this schema breaks (GraphQL specification, section 3), each as INVALID_GRAPHQL."""
    problems = [problem for check in _CHECKS for problem in check(schema)]
    return [
        CompositionError("INVALID_GRAPHQL", message, (location,) if location.subgraph else ())
        for message, location in problems
    ]


def _check_roots(schema: Schema) -> Iterator[Problem]:
    for kind, name in schema.roots.items():
        definition = schema.types.get(name)
        if definition is None:
            yield f'The {kind} root "{name}" is not defined; define the type or name another.', Location("")
        elif definition.kind is not Kind.OBJECT:
            yield f'The {kind} root "{name}" must be an object type.', definition.location
    names = list(schema.roots.values())
    for name in {each for each in names if names.count(each) > 1}:
        yield f'"{name}" is the root of several operations; each needs a type of its own.', schema.types[name].location


def _check_names(schema: Schema) -> Iterator[Problem]:
    for definition in schema.types.values():
        parts = (definition, *definition.fields.values(), *definition.input_fields.values())
        for part in (*parts, *definition.values.values()):
            if part.name.startswith("__"):
                yield f'"{part.name}" begins with "__", which is reserved for introspection.', part.location


def _check_parts(schema: Schema) -> Iterator[Problem]:
    for definition in schema.types.values():
        parts = _PARTS.get(definition.kind)
        if parts is not None and not parts(definition):
            yield f'The {definition.kind} "{definition.name}" is empty; define at least one part.', definition.location
        for member, location in definition.members.items():
            found = schema.types.get(member)
            if found is None:
                yield f'Unknown type "{member}" in the union "{definition.name}".', location
            elif found.kind is not Kind.OBJECT:
                yield f'The union "{definition.name}" can hold object types only, not "{member}".', location


def _check_types(schema: Schema) -> Iterator[Problem]:
    for definition in schema.types.values():
        for each in definition.fields.values():
            yield from _check_type(schema, each, _OUTPUT_KINDS, "an output type")
            for argument in each.arguments.values():
                yield from _check_input_value(schema, argument)
        for input_field in definition.input_fields.values():
            yield from _check_input_value(schema, input_field)
    for directive in schema.directives.values():
        if directive.location.subgraph or directive.federation is None:
            for argument in directive.arguments.values():
                yield from _check_input_value(schema, argument)


def _check_input_value(schema: Schema, value: InputValue) -> Iterator[Problem]:
    problems = list(_check_type(schema, value, _INPUT_KINDS, "an input type"))
    yield from problems
    if value.is_required and any(application.name == "deprecated" for application in value.directives):
        yield f'"{value.coordinate}" is required and cannot be deprecated; make it optional first.', value.location
    if value.has_default and not problems:
        reason = explain_literal(schema, value.default, value.type)
        if reason:
            yield f'The default of "{value.coordinate}" is not valid: {reason}.', value.location


def _check_type(
    schema: Schema, part: FieldDefinition | InputValue, kinds: frozenset[Kind], what: str
) -> Iterator[Problem]:
    name = named_type(part.type)
    if name in BUILT_IN_SCALARS:
        return
    found = schema.types.get(name)
    if found is None:
        yield f'Unknown type "{name}" of "{part.coordinate}"; define it or correct the name.', part.location
    elif found.kind not in kinds:
        yield f'The type of "{part.coordinate}" must be {what}, and "{part.type}" is not.', part.location


def _check_interfaces(schema: Schema) -> Iterator[Problem]:
    for definition in schema.composite_types():
        for name, location in definition.interfaces.items():
            interface = schema.types.get(name)
            if interface is None:
                yield f'Unknown interface "{name}" of "{definition.name}".', location
            elif interface.kind is not Kind.INTERFACE:
                yield f'"{definition.name}" can implement interfaces only, and "{name}" is none.', location
            elif name == definition.name:
                yield f'"{name}" cannot implement itself.', location
            else:
                yield from _check_implementation(schema, definition, interface)


def _check_implementation(schema: Schema, definition: TypeDefinition, interface: TypeDefinition) -> Iterator[Problem]:
    for name in interface.interfaces:
        if name not in definition.interfaces:
            message = f'"{definition.name}" implements "{interface.name}" and so must implement "{name}" too.'
            yield message, definition.location
    for name, wanted in interface.fields.items():
        found = definition.fields.get(name)
        if found is None:
            message = f'"{definition.name}" lacks the field "{name}" of the interface "{interface.name}"; add it.'
            yield message, definition.location
            continue
        if not is_subtype(found.type, wanted.type, _named_subtypes(schema)):
            message = f'"{found.coordinate}" is "{found.type}", and the interface wants "{wanted.type}".'
            yield message, found.location
        yield from _check_arguments(wanted, found)


def _check_arguments(wanted: FieldDefinition, found: FieldDefinition) -> Iterator[Problem]:
    for argument in wanted.arguments.values():
        own = found.arguments.get(argument.name)
        if own is None:
            yield f'"{found.coordinate}" lacks the argument "{argument.name}" of its interface; add it.', found.location
        elif own.type != argument.type:
            message = f'"{own.coordinate}" must be "{argument.type}" as in the interface, not "{own.type}".'
            yield message, own.location
    for own in found.arguments.values():
        if own.name not in wanted.arguments and own.is_required:
            message = f'"{own.coordinate}" is required, and the interface "{wanted.parent}" does not have it.'
            yield message, own.location


def _named_subtypes(schema: Schema) -> Callable[[str, str], bool]:
    def is_named_subtype(narrow: str, wide: str) -> bool:
        definition = schema.types.get(narrow)
        container = schema.types.get(wide)
        return (definition is not None and wide in definition.interfaces) or (
            container is not None and narrow in container.members
        )

    return is_named_subtype


def _check_input_cycles(schema: Schema) -> Iterator[Problem]:
    inputs = {each.name: each for each in schema.of_kind(Kind.INPUT)}
    finished: set[str] = set()
    for start in inputs.values():
        trail: list[str] = []

        def visit(definition: TypeDefinition, trail: list[str] = trail) -> str | None:
            if definition.name in trail:
                return definition.name
            if definition.name in finished:
                return None
            trail.append(definition.name)
            for each in definition.input_fields.values():
                if is_non_null(each.type) and each.type[:-1] in inputs:
                    found = visit(inputs[each.type[:-1]], trail)
                    if found:
                        return found
            trail.pop()
            finished.add(definition.name)
            return None

        cycle = visit(start)
        if cycle:
            finished.update(trail)
            yield f'No value of the input "{cycle}" can be written: it requires itself.', inputs[cycle].location


_PARTS: dict[Kind, Callable[[TypeDefinition], object]] = {
    Kind.OBJECT: lambda definition: definition.fields,
    Kind.INTERFACE: lambda definition: definition.fields,
    Kind.UNION: lambda definition: definition.members,
    Kind.ENUM: lambda definition: definition.values,
    Kind.INPUT: lambda definition: definition.input_fields,
}

_CHECKS: tuple[Callable[[Schema], Iterator[Problem]], ...] = (
    _check_roots,
    _check_names,
    _check_parts,
    _check_types,
    _check_interfaces,
    _check_input_cycles,
)
