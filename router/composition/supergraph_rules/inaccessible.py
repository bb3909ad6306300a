"""`@inaccessible`: what remains for clients must still be a schema (inaccessible specification v0.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from router.composition.definitions import (
    BUILT_IN_SCALARS,
    Element,
    EnumValue,
    FieldDefinition,
    InputValue,
    Kind,
    Schema,
    TypeDefinition,
)
from router.composition.errors import CompositionError
from router.composition.merge import MergeState
from router.composition.type_references import is_list, item_type, named_type, nullable
from router.federation.literals import EnumLiteral, Literal

Problem = tuple[str, str]


def check_inaccessible(state: MergeState) -> list[CompositionError]:
    """Report hidden elements that visible ones need."""
    schema = state.schema
    if "inaccessible" not in state.features:
        return []
    check = _Check(schema)
    return [CompositionError(code, message) for step in check.steps for code, message in step()]


def _is_hidden(element: Element) -> bool:
    return element.has("inaccessible")


class _Check:
    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.hidden = {each.name for each in schema.types.values() if _is_hidden(each)}
        self.visible = [each for each in schema.types.values() if each.name not in self.hidden]
        self.steps: tuple[Callable[[], Iterator[Problem]], ...] = (
            self._check_built_ins,
            self._check_query_root,
            self._check_children,
            self._check_references,
            self._check_required,
            self._check_implementations,
            self._check_defaults,
        )

    def _check_built_ins(self) -> Iterator[Problem]:
        for name in sorted(self.hidden & BUILT_IN_SCALARS):
            yield "DISALLOWED_INACCESSIBLE", f'The built-in "{name}" cannot be @inaccessible.'

    def _check_query_root(self) -> Iterator[Problem]:
        if self.schema.roots.get("query") in self.hidden:
            yield "QUERY_ROOT_TYPE_INACCESSIBLE", "The query root is @inaccessible, so that no query could be sent."

    def _check_children(self) -> Iterator[Problem]:
        for definition in self.visible:
            children: list[Element] = [
                *definition.fields.values(),
                *definition.input_fields.values(),
                *definition.values.values(),
                *(self.schema.types[name] for name in definition.members if name in self.schema.types),
            ]
            if children and all(_is_hidden(child) for child in children):
                message = f'All parts of "{definition.name}" are @inaccessible; hide the type itself too.'
                yield "ONLY_INACCESSIBLE_CHILDREN", message

    def _check_references(self) -> Iterator[Problem]:
        for part in self._visible_parts():
            name = named_type(part.type)
            if name in self.hidden:
                message = f'"{name}" is @inaccessible and "{part.coordinate}", which refers to it, is not; hide both.'
                yield "REFERENCED_INACCESSIBLE", message

    def _check_required(self) -> Iterator[Problem]:
        for definition in self.visible:
            inputs = [*definition.input_fields.values()]
            for each in definition.fields.values():
                if not _is_hidden(each):
                    inputs += each.arguments.values()
            for value in inputs:
                if _is_hidden(value) and value.is_required:
                    message = f'"{value.coordinate}" is required and @inaccessible, so clients could never give it.'
                    yield "REQUIRED_INACCESSIBLE", message

    def _check_implementations(self) -> Iterator[Problem]:
        for definition in self.visible:
            for name in definition.interfaces:
                interface = self.schema.types.get(name)
                if interface is None or name in self.hidden:
                    continue
                for wanted in interface.fields.values():
                    found = definition.fields.get(wanted.name)
                    if found is not None and not _is_hidden(wanted):
                        yield from self._check_implementation(wanted, found)

    def _check_implementation(self, wanted: FieldDefinition, found: FieldDefinition) -> Iterator[Problem]:
        if _is_hidden(found):
            message = f'"{found.coordinate}" is @inaccessible and implements "{wanted.coordinate}", which is not.'
            yield "IMPLEMENTED_BY_INACCESSIBLE", message
            return
        for argument in wanted.arguments.values():
            own = found.arguments.get(argument.name)
            if own is not None and _is_hidden(own) and not _is_hidden(argument):
                message = f'"{own.coordinate}" is @inaccessible and implements "{argument.coordinate}", which is not.'
                yield "IMPLEMENTED_BY_INACCESSIBLE", message

    def _check_defaults(self) -> Iterator[Problem]:
        for part in self._visible_parts():
            if isinstance(part, InputValue) and part.has_default:
                for hidden in self._hidden_in(part.default, part.type):
                    message = f'The default of "{part.coordinate}" uses "{hidden}", which is @inaccessible.'
                    yield "DEFAULT_VALUE_USES_INACCESSIBLE", message

    def _hidden_in(self, value: Literal, reference: str) -> Iterator[str]:
        reference = nullable(reference)
        if is_list(reference):
            for item in value if isinstance(value, list) else [value]:
                yield from self._hidden_in(item, item_type(reference))
            return
        definition = self.schema.types.get(reference)
        if definition is None:
            return
        if definition.kind is Kind.ENUM and isinstance(value, EnumLiteral):
            found: EnumValue | None = definition.values.get(value)
            if found is not None and _is_hidden(found):
                yield found.coordinate
        elif definition.kind is Kind.INPUT and isinstance(value, dict):
            yield from self._hidden_in_object(value, definition)

    def _hidden_in_object(self, value: dict[str, Literal], definition: TypeDefinition) -> Iterator[str]:
        for name, item in value.items():
            each = definition.input_fields.get(name)
            if each is None:
                continue
            if _is_hidden(each):
                yield each.coordinate
            else:
                yield from self._hidden_in(item, each.type)

    def _visible_parts(self) -> Iterator[FieldDefinition | InputValue]:
        for definition in self.visible:
            for each in definition.fields.values():
                if _is_hidden(each):
                    continue
                yield each
                yield from (argument for argument in each.arguments.values() if not _is_hidden(argument))
            yield from (each for each in definition.input_fields.values() if not _is_hidden(each))
