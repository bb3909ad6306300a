"""The schema model as SDL text, the same text for the same schema."""

from __future__ import annotations

from collections.abc import Iterable

from entrepot.router.composition.definitions import (
    AppliedDirective,
    DirectiveDefinition,
    FieldDefinition,
    InputValue,
    Kind,
    Schema,
    TypeDefinition,
)
from entrepot.router.federation.literals import canonical, print_literal

_INDENT = "  "


def print_schema(schema: Schema) -> str:
    """The SDL of a schema: directive definitions and types in the order of their names."""
    blocks = [_print_root_types(schema)]
    blocks += [_print_directive_definition(schema.directives[name]) for name in sorted(schema.directives)]
    blocks += [_print_type(schema.types[name]) for name in sorted(schema.types)]
    return "\n\n".join(blocks) + "\n"


def _print_root_types(schema: Schema) -> str:
    lines = [f"{_INDENT}{_print_application(each)}" for each in schema.applied]
    roots = [f"{_INDENT}{kind}: {name}" for kind, name in schema.roots.items()]
    return "\n".join([*_description(schema.description, ""), "schema", *lines, "{", *roots, "}"])


def _print_directive_definition(definition: DirectiveDefinition) -> str:
    arguments = _print_arguments(definition.arguments.values(), "")
    repeatable = " repeatable" if definition.is_repeatable else ""
    locations = " | ".join(definition.locations)
    text = f"directive @{definition.name}{arguments}{repeatable} on {locations}"
    return "\n".join([*_description(definition.description, ""), text])


def _print_type(definition: TypeDefinition) -> str:
    head = f"{definition.kind} {definition.name}"
    if definition.interfaces:
        head += " implements " + " & ".join(sorted(definition.interfaces))
    lines = [*_description(definition.description, ""), head]
    lines += [f"{_INDENT}{_print_application(each)}" for each in sort_applications(definition.directives)]
    if definition.kind is Kind.UNION:
        lines.append(f"{_INDENT}= {' | '.join(sorted(definition.members))}")
    elif definition.kind is not Kind.SCALAR:
        lines += ["{", *_print_parts(definition), "}"]
    return "\n".join(lines)


def _print_parts(definition: TypeDefinition) -> list[str]:
    lines: list[str] = []
    for each in definition.fields.values():
        lines += [*_description(each.description, _INDENT), _INDENT + _print_field(each)]
    for input_field in definition.input_fields.values():
        lines += [*_description(input_field.description, _INDENT), _INDENT + _print_input_value(input_field)]
    for value in definition.values.values():
        lines += [*_description(value.description, _INDENT), _INDENT + value.name + _print_applied(value.directives)]
    return lines


def _print_field(definition: FieldDefinition) -> str:
    arguments = _print_arguments(definition.arguments.values(), _INDENT)
    return f"{definition.name}{arguments}: {definition.type}{_print_applied(definition.directives)}"


def _print_arguments(arguments: Iterable[InputValue], indent: str) -> str:
    listed = list(arguments)
    if not listed:
        return ""
    if not any(argument.description for argument in listed):
        return "(" + ", ".join(map(_print_input_value, listed)) + ")"
    inner = indent + _INDENT
    lines: list[str] = []
    for argument in listed:
        lines += [*_description(argument.description, inner), inner + _print_input_value(argument)]
    return "(\n" + "\n".join(lines) + f"\n{indent})"


def _print_input_value(value: InputValue) -> str:
    default = f" = {print_literal(value.default)}" if value.has_default else ""
    return f"{value.name}: {value.type}{default}{_print_applied(value.directives)}"


def _print_applied(applications: list[AppliedDirective]) -> str:
    return "".join(f" {_print_application(each)}" for each in sort_applications(applications))


def _print_application(application: AppliedDirective) -> str:
    if not application.arguments:
        return f"@{application.name}"
    listed = ", ".join(f"{name}: {print_literal(value)}" for name, value in application.arguments.items())
    return f"@{application.name}({listed})"


def sort_applications(applications: list[AppliedDirective]) -> list[AppliedDirective]:
    """Join directives first, then by name, subgraph and arguments."""
    return sorted(
        applications,
        key=lambda each: (
            not each.name.startswith("join__"),
            each.name,
            str(each.arguments.get("graph", "")),
            canonical(each.arguments),
        ),
    )


def _description(text: str | None, indent: str) -> list[str]:
    if not text:
        return []
    if text != text.strip() or "\\" in text:
        return [indent + print_literal(text)]
    escaped = text.replace('"""', '\\"""')
    return [f'{indent}"""', *(f"{indent}{line}" if line else "" for line in escaped.splitlines()), f'{indent}"""']
