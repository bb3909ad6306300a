"""The rules of the GraphQL specification for the directives applied in a subgraph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from entrepot.router.composition.definitions import (
    AppliedDirective,
    DirectiveDefinition,
    InputValue,
    Schema,
    iterate_elements,
)
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.literal_validity import explain_literal

_TYPE_SYSTEM = {
    "deprecated": DirectiveDefinition(
        name="deprecated",
        arguments={"reason": InputValue(name="reason", type="String", default="No longer supported", has_default=True)},
        locations=("FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INPUT_FIELD_DEFINITION", "ENUM_VALUE"),
    ),
    "specifiedBy": DirectiveDefinition(
        name="specifiedBy",
        arguments={"url": InputValue(name="url", type="String!")},
        locations=("SCALAR",),
    ),
}


def check_applications(schema: Schema) -> list[CompositionError]:
    """What is wrong with the applied directives: unknown, misplaced, repeated, or with wrong arguments."""
    errors: list[CompositionError] = []
    for location, coordinate, applications in _places(schema):
        counts = Counter(application.name for application in applications)
        for application in applications:
            definition = _definition(schema, application)
            if definition is None:
                message = f'unknown directive "@{application.name}"; import it with @link or define it'
                errors.append(_build_error(application, coordinate, message))
                continue
            problems = list(_check_application(schema, application, definition, location))
            if counts[application.name] > 1 and not definition.is_repeatable:
                problems.append("it can be used once in one place only; remove one")
                counts[application.name] = 0
            errors += [_build_error(application, coordinate, problem) for problem in problems]
    return errors


def check_argument_values(schema: Schema) -> list[CompositionError]:
    """What is wrong with the arguments of known directives, for a schema whose imports are not all known."""
    return [
        _build_error(application, coordinate, problem)
        for _, coordinate, applications in _places(schema)
        for application in applications
        if (definition := _definition(schema, application)) is not None
        for problem in _check_values(schema, application, definition)
    ]


def _places(schema: Schema) -> Iterator[tuple[str, str, list[AppliedDirective]]]:
    """Every place with directives other than `@link`, as (location, coordinate, applications)."""
    yield "SCHEMA", "the schema", [each for each in schema.applied if each.federation != "link"]
    for location, coordinate, element in iterate_elements(schema):
        if element.directives:
            yield location, coordinate, element.directives


def _definition(schema: Schema, application: AppliedDirective) -> DirectiveDefinition | None:
    return schema.directives.get(application.name) or _TYPE_SYSTEM.get(application.name)


def _build_error(application: AppliedDirective, coordinate: str, problem: str) -> CompositionError:
    message = f'"@{application.name}" on "{coordinate}": {problem}.'
    return CompositionError("INVALID_GRAPHQL", message, (application.location,))


def _check_application(
    schema: Schema, application: AppliedDirective, definition: DirectiveDefinition, location: str
) -> Iterator[str]:
    if location not in definition.locations:
        yield f"it cannot be used on {location}, only on {', '.join(definition.locations) or 'nothing'}; remove it"
    for name in application.arguments:
        if name not in definition.arguments:
            yield f'it has no argument "{name}"; remove it'
    yield from _check_values(schema, application, definition)
    for name, argument in definition.arguments.items():
        if argument.is_required and name not in application.arguments:
            yield f'the required argument "{name}" is missing; give it'


def _check_values(schema: Schema, application: AppliedDirective, definition: DirectiveDefinition) -> Iterator[str]:
    for name, value in application.arguments.items():
        argument = definition.arguments.get(name)
        reason = explain_literal(schema, value, argument.type) if argument else None
        if reason:
            yield f'the argument "{name}" is not valid: {reason}; correct it'
