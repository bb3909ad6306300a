"""The rules of the GraphQL specification that hold for any schema: a subgraph's and the merged one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from entrepot.router.composition.definitions import (
    BUILT_IN_SCALARS,
    NOWHERE,
    EnumValue,
    FieldDefinition,
    InputValue,
    Kind,
    Location,
    Schema,
    TypeDefinition,
)
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.literal_validity import explain_literal
from entrepot.router.composition.type_references import is_non_null, is_subtype, named_type


class _Problem(NamedTuple):
    """What is wrong, with which element, and where exactly in it, when that is known."""

    message: str
    coordinate: str
    location: Location = NOWHERE


Locate = Callable[[str], tuple[Location, ...]]

_INPUT_KINDS = frozenset({Kind.SCALAR, Kind.ENUM, Kind.INPUT})
_OUTPUT_KINDS = frozenset(Kind) - {Kind.INPUT}


def check_validity(schema: Schema, locate: Locate = lambda _: ()) -> list[CompositionError]:
    """What the type system of this schema breaks (GraphQL specification, section 3), each as INVALID_GRAPHQL.

    `locate` finds the places of an element by its coordinate in a schema that was not written but merged.
    """
    problems = [problem for check in _CHECKS for problem in check(schema)]
    return [
        CompositionError("INVALID_GRAPHQL", message, (location,) if location.subgraph else locate(coordinate))
        for message, coordinate, location in problems
    ]


def _check_roots(schema: Schema) -> Iterator[_Problem]:
    for kind, name in schema.roots.items():
        definition = schema.types.get(name)
        if definition is None:
            message = f'The {kind} root "{name}" is not defined; define the type or name another.'
            yield _Problem(message, name, schema.root_locations.get(kind, NOWHERE))
        elif definition.kind is not Kind.OBJECT:
            message = f'The {kind} root "{name}" must be an object type; name another.'
            yield _Problem(message, name, definition.location)
    names = list(schema.roots.values())
    for name in {each for each in names if names.count(each) > 1}:
        message = f'"{name}" is the root of several operations; give each a type of its own.'
        yield _Problem(message, name, schema.types[name].location if name in schema.types else NOWHERE)


def _check_names(schema: Schema) -> Iterator[_Problem]:
    for definition in schema.types.values():
        parts: tuple[TypeDefinition | FieldDefinition | InputValue | EnumValue, ...] = (
            definition,
            *definition.fields.values(),
            *definition.input_fields.values(),
            *definition.values.values(),
        )
        for part in parts:
            if part.name.startswith("__"):
                message = f'"{part.name}" begins with "__", which is reserved for introspection; rename it.'
                yield _Problem(message, part.coordinate, part.location)


def _check_parts(schema: Schema) -> Iterator[_Problem]:
    for definition in schema.types.values():
        parts = _PARTS.get(definition.kind)
        # Federation adds `_service` to every query root, so that it is never empty.
        if parts is not None and not parts(definition) and definition.name != schema.roots.get("query"):
            message = f'The {definition.kind} "{definition.name}" is empty; define at least one part.'
            yield _Problem(message, definition.name, definition.location)
        for member, location in definition.members.items():
            found = schema.types.get(member)
            if found is None:
                message = f'Unknown type "{member}" in the union "{definition.name}"; define it or correct the name.'
                yield _Problem(message, definition.name, location)
            elif found.kind is not Kind.OBJECT:
                message = f'The union "{definition.name}" can hold object types only; take "{member}" out.'
                yield _Problem(message, definition.name, location)


def _check_types(schema: Schema) -> Iterator[_Problem]:
    for definition in schema.types.values():
        for each in definition.fields.values():
            yield from _check_type(schema, each, _OUTPUT_KINDS, "an output type")
            for argument in each.arguments.values():
                yield from _check_input_value(schema, argument)
        is_one_of = any(application.name == "oneOf" for application in definition.directives)
        for input_field in definition.input_fields.values():
            yield from _check_input_value(schema, input_field)
            if is_one_of and (is_non_null(input_field.type) or input_field.has_default):
                message = f'"{input_field.coordinate}" is of a @oneOf input; make it nullable, without a default.'
                yield _Problem(message, input_field.coordinate, input_field.location)
    for directive in schema.directives.values():
        if directive.location.subgraph or directive.federation is None:
            for argument in directive.arguments.values():
                yield from _check_input_value(schema, argument)


def _check_input_value(schema: Schema, value: InputValue) -> Iterator[_Problem]:
    problems = list(_check_type(schema, value, _INPUT_KINDS, "an input type"))
    yield from problems
    if value.is_required and any(application.name == "deprecated" for application in value.directives):
        message = f'"{value.coordinate}" is required and cannot be deprecated; make it optional first.'
        yield _Problem(message, value.coordinate, value.location)
    if value.has_default and not problems:
        reason = explain_literal(schema, value.default, value.type)
        if reason:
            message = f'The default of "{value.coordinate}" is not valid: {reason}; correct one of the two.'
            yield _Problem(message, value.coordinate, value.location)


def _check_type(
    schema: Schema, part: FieldDefinition | InputValue, kinds: frozenset[Kind], what: str
) -> Iterator[_Problem]:
    name = named_type(part.type)
    if name in BUILT_IN_SCALARS:
        return
    found = schema.types.get(name)
    if found is None:
        message = f'Unknown type "{name}" of "{part.coordinate}"; define it or correct the name.'
        yield _Problem(message, part.coordinate, part.location)
    elif found.kind not in kinds:
        message = f'The type of "{part.coordinate}" must be {what}, and "{part.type}" is not; use another.'
        yield _Problem(message, part.coordinate, part.location)


def _check_interfaces(schema: Schema) -> Iterator[_Problem]:
    for definition in schema.composite_types():
        for name, location in definition.interfaces.items():
            interface = schema.types.get(name)
            if interface is None:
                message = f'Unknown interface "{name}" of "{definition.name}"; define it or correct the name.'
                yield _Problem(message, definition.name, location)
            elif interface.kind is not Kind.INTERFACE:
                message = f'"{definition.name}" can implement interfaces only, not "{name}"; remove it there.'
                yield _Problem(message, definition.name, location)
            elif name == definition.name:
                yield _Problem(f'"{name}" cannot implement itself; remove that.', definition.name, location)
            else:
                yield from _check_implementation(schema, definition, interface)


def _check_implementation(schema: Schema, definition: TypeDefinition, interface: TypeDefinition) -> Iterator[_Problem]:
    for name in interface.interfaces:
        if name not in definition.interfaces:
            message = f'"{definition.name}" implements "{interface.name}" and so must implement "{name}" too.'
            yield _Problem(message, definition.name, definition.location)
    for name, wanted in interface.fields.items():
        found = definition.fields.get(name)
        if found is None:
            message = f'"{definition.name}" lacks the field "{name}" of the interface "{interface.name}"; add it.'
            yield _Problem(message, definition.name, definition.location)
            continue
        if not is_subtype(found.type, wanted.type, _named_subtypes(schema)):
            message = (
                f'"{found.coordinate}" is "{found.type}", and the interface "{interface.name}" wants "{wanted.type}"; '
                "make them agree."
            )
            yield _Problem(message, found.coordinate, found.location)
        yield from _check_arguments(wanted, found)


def _check_arguments(wanted: FieldDefinition, found: FieldDefinition) -> Iterator[_Problem]:
    for argument in wanted.arguments.values():
        own = found.arguments.get(argument.name)
        if own is None:
            message = f'"{found.coordinate}" lacks the argument "{argument.name}" of its interface; add it.'
            yield _Problem(message, found.coordinate, found.location)
        elif own.type != argument.type:
            message = f'"{own.coordinate}" must be "{argument.type}" as in the interface, not "{own.type}".'
            yield _Problem(message, own.coordinate, own.location)
    for own in found.arguments.values():
        if own.name not in wanted.arguments and own.is_required:
            message = (
                f'"{own.coordinate}" is required, and the interface "{wanted.parent}" does not have it; '
                "make it optional, or add it there."
            )
            yield _Problem(message, own.coordinate, own.location)


def _named_subtypes(schema: Schema) -> Callable[[str, str], bool]:
    def is_named_subtype(narrow: str, wide: str) -> bool:
        definition = schema.types.get(narrow)
        container = schema.types.get(wide)
        return (definition is not None and wide in definition.interfaces) or (
            container is not None and narrow in container.members
        )

    return is_named_subtype


def _check_input_cycles(schema: Schema) -> Iterator[_Problem]:
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
            message = f'No value of the input "{cycle}" can be written: it requires itself; make a field optional.'
            yield _Problem(message, cycle, inputs[cycle].location)


_PARTS: dict[Kind, Callable[[TypeDefinition], object]] = {
    Kind.OBJECT: lambda definition: definition.fields,
    Kind.INTERFACE: lambda definition: definition.fields,
    Kind.UNION: lambda definition: definition.members,
    Kind.ENUM: lambda definition: definition.values,
    Kind.INPUT: lambda definition: definition.input_fields,
}

_CHECKS: tuple[Callable[[Schema], Iterator[_Problem]], ...] = (
    _check_roots,
    _check_names,
    _check_parts,
    _check_types,
    _check_interfaces,
    _check_input_cycles,
)
