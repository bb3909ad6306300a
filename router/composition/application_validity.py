"""The rules of the GraphQL specification for the directives applied in a subgraph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from router.composition.definitions import (
    Application,
    DirectiveDefinition,
    InputValue,
    Schema,
    iterate_elements,
)
from router.composition.errors import CompositionError
from router.composition.literal_validity import explain_literal

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
    "oneOf": DirectiveDefinition(name="oneOf", locations=("INPUT_OBJECT",)),
}


def check_applications(schema: Schema, *, knows_all_directives: bool = True) -> list[CompositionError]:
    """What is wrong with the applied directives: unknown, misplaced, repeated, or with wrong arguments.

    Where an import failed, `knows_all_directives` is False and unknown ones are passed over.
    """
    errors = _check_each(schema, "SCHEMA", "the schema", schema.applications, knows_all=knows_all_directives)
    for location, coordinate, element in iterate_elements(schema):
        if element.directives:
            errors += _check_each(schema, location, coordinate, element.directives, knows_all=knows_all_directives)
    return errors


def _check_each(
    schema: Schema, location: str, coordinate: str, applications: list[Application], *, knows_all: bool
) -> list[CompositionError]:
    errors = []
    counts = Counter(application.name for application in applications)
    for application in applications:
        if application.federation == "link":
            continue
        definition = schema.directives.get(application.name) or _TYPE_SYSTEM.get(application.name)
        problems: Iterator[str]
        if definition is None and not knows_all:
            continue
        if definition is None:
            problems = iter([_explain_unknown(application.name)])
        else:
            problems = _check_application(schema, application, definition, location)
            if counts[application.name] > 1 and not definition.is_repeatable:
                problems = iter([*problems, "it can be used once in one place only"])
                counts[application.name] = 0
        errors += [
            CompositionError(
                "INVALID_GRAPHQL", f'"@{application.name}" on "{coordinate}": {problem}.', (application.location,)
            )
            for problem in problems
        ]
    return errors


def _explain_unknown(name: str) -> str:
    return f'unknown directive "@{name}"; import it with @link or define it'


def _check_application(
    schema: Schema, application: Application, definition: DirectiveDefinition, location: str
) -> Iterator[str]:
    if location not in definition.locations:
        yield f"it cannot be used on {location}, only on {', '.join(definition.locations) or 'nothing'}"
    for name, value in application.arguments.items():
        argument = definition.arguments.get(name)
        if argument is None:
            yield f'it has no argument "{name}"'
            continue
        reason = explain_literal(schema, value, argument.type)
        if reason:
            yield f'the argument "{name}" is not valid: {reason}'
    for name, argument in definition.arguments.items():
        if argument.is_required and name not in application.arguments:
            yield f'the required argument "{name}" is missing'
