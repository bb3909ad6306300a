"""Whether a constant value fits a type (GraphQL specification, "Values of Correct Type")."""

from __future__ import annotations

from collections.abc import Callable

from entrepot.router.composition.definitions import Kind, Schema, TypeDefinition
from entrepot.router.composition.type_references import is_list, is_non_null, item_type
from entrepot.router.federation.literals import EnumLiteral, FloatLiteral, Literal, is_plain_string, print_literal

_INT_LIMIT = 2**31


def explain_literal(schema: Schema, value: Literal, reference: str) -> str | None:
    """Why `value` is not of the type `reference`, None when it is."""
    if is_non_null(reference):
        return f'null is not of type "{reference}"' if value is None else explain_literal(schema, value, reference[:-1])
    if value is None:
        return None
    if is_list(reference):
        items = value if isinstance(value, list) else [value]
        return next(filter(None, (explain_literal(schema, item, item_type(reference)) for item in items)), None)
    return _explain_named(schema, value, reference)


def _explain_named(schema: Schema, value: Literal, name: str) -> str | None:
    is_value = _BUILT_IN.get(name)
    if is_value is not None:
        return None if is_value(value) else f'{print_literal(value)} is not of type "{name}"'
    definition = schema.types.get(name)
    if definition is None or definition.kind is Kind.SCALAR:
        return None
    if definition.kind is Kind.ENUM:
        if isinstance(value, EnumLiteral) and value in definition.values:
            return None
        return f'{print_literal(value)} is no value of the enum "{name}"'
    if definition.kind is Kind.INPUT:
        return _explain_input(schema, value, definition)
    return f'"{name}" is not an input type'


def _explain_input(schema: Schema, value: Literal, definition: TypeDefinition) -> str | None:
    if not isinstance(value, dict):
        return f'{print_literal(value)} is no object of type "{definition.name}"'
    for name in value:
        if name not in definition.input_fields:
            return f'"{definition.name}" has no field "{name}"'
    for name, each in definition.input_fields.items():
        if name in value:
            reason = explain_literal(schema, value[name], each.type)
            if reason:
                return reason
        elif each.is_required:
            return f'the required field "{name}" of "{definition.name}" is missing'
    return None


def _is_int(value: Literal) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -_INT_LIMIT <= value < _INT_LIMIT


_BUILT_IN: dict[str, Callable[[Literal], bool]] = {
    "Int": _is_int,
    "Float": lambda value: isinstance(value, FloatLiteral) or (isinstance(value, int) and not isinstance(value, bool)),
    "String": is_plain_string,
    "Boolean": lambda value: isinstance(value, bool),
    "ID": lambda value: is_plain_string(value) or (isinstance(value, int) and not isinstance(value, bool)),
}
