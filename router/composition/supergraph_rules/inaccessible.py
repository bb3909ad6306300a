"""`@inaccessible`: what remains for clients must still be a schema (inaccessible specification v0.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from entrepot.router.composition.definitions import (
    BUILT_IN_SCALARS,
    Element,
    EnumValue,
    FieldDefinition,
    InputValue,
    Kind,
    Schema,
    TypeDefinition,
)
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.merge import MergeState
from entrepot.router.composition.merge.definitions import EXECUTABLE_LOCATIONS
from entrepot.router.composition.type_references import is_list, item_type, named_type, nullable
from entrepot.router.federation.literals import EnumLiteral, Literal


class _Problem(NamedTuple):
    """What is wrong, between visible and hidden elements, which are named by their coordinates."""

    code: str
    message: str
    visible: str | None = None
    hidden: str | None = None


def check_inaccessible(state: MergeState) -> list[CompositionError]:
    """Report hidden elements that visible ones need."""
    problems = list(_check_composed_directives(state))
    if "inaccessible" in state.features:
        problems += [problem for step in _Check(state.schema).steps for problem in step()]
    return [_build_error(state, problem) for problem in problems]


def check_visible_schema(schema: Schema) -> list[CompositionError]:
    """The same for a supergraph that was read, of whose parts no subgraph tells the place."""
    return [CompositionError(problem.code, problem.message) for step in _Check(schema).steps for problem in step()]


def _build_error(state: MergeState, problem: _Problem) -> CompositionError:
    visible = state.places(problem.visible) if problem.visible else ()
    hidden = state.marked_places("inaccessible", problem.hidden) if problem.hidden else ()
    return CompositionError(problem.code, problem.message, tuple(dict.fromkeys((*visible, *hidden))))


def _check_composed_directives(state: MergeState) -> Iterator[_Problem]:
    """A client that sees a composed directive must see all of it."""
    for name in state.composed.by_name:
        for argument in state.schema.directives[name].arguments.values():
            if _is_hidden(argument):
                message = (
                    f'"{argument.coordinate}" is of a composed directive and cannot be @inaccessible; remove that.'
                )
                yield _Problem("DISALLOWED_INACCESSIBLE", message, hidden=argument.coordinate)


def _is_hidden(element: Element) -> bool:
    return element.has("inaccessible")


class _Check:
    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.hidden = {each.name for each in schema.types.values() if _is_hidden(each)}
        self.visible = [each for each in schema.types.values() if each.name not in self.hidden]
        self.steps: tuple[Callable[[], Iterator[_Problem]], ...] = (
            self._check_built_ins,
            self._check_query_root,
            self._check_children,
            self._check_references,
            self._check_required,
            self._check_implementations,
            self._check_defaults,
        )

    def _check_built_ins(self) -> Iterator[_Problem]:
        for name in sorted(self.hidden & BUILT_IN_SCALARS):
            message = f'The built-in "{name}" cannot be @inaccessible; remove that.'
            yield _Problem("DISALLOWED_INACCESSIBLE", message, hidden=name)

    def _check_query_root(self) -> Iterator[_Problem]:
        name = self.schema.roots.get("query")
        if name in self.hidden:
            message = "The query root is @inaccessible, so that no query could be sent; hide single fields of it."
            yield _Problem("QUERY_ROOT_TYPE_INACCESSIBLE", message, hidden=name)

    def _check_children(self) -> Iterator[_Problem]:
        for definition in self.visible:
            children: list[Element] = [
                *definition.fields.values(),
                *definition.input_fields.values(),
                *definition.values.values(),
                *(self.schema.types[name] for name in definition.members if name in self.schema.types),
            ]
            if children and all(_is_hidden(child) for child in children):
                is_query = definition.name == self.schema.roots.get("query")
                advice = "show one" if is_query else "show one, or hide the type itself too"
                message = f'All parts of "{definition.name}" are @inaccessible; {advice}.'
                yield _Problem("ONLY_INACCESSIBLE_CHILDREN", message, visible=definition.name)

    def _check_references(self) -> Iterator[_Problem]:
        for part in self._visible_parts():
            name = named_type(part.type)
            if name in self.hidden:
                message = f'"{name}" is @inaccessible and "{part.coordinate}", which refers to it, is not; hide both.'
                yield _Problem("REFERENCED_INACCESSIBLE", message, part.coordinate, name)

    def _check_required(self) -> Iterator[_Problem]:
        for value in self._input_values():
            if _is_hidden(value) and value.is_required:
                message = (
                    f'"{value.coordinate}" is required and @inaccessible, so clients could never give it; '
                    "make it optional, or show it."
                )
                yield _Problem("REQUIRED_INACCESSIBLE", message, hidden=value.coordinate)

    def _check_implementations(self) -> Iterator[_Problem]:
        for definition in self.visible:
            for name in definition.interfaces:
                interface = self.schema.types.get(name)
                if interface is None or name in self.hidden:
                    continue
                for wanted in interface.fields.values():
                    found = definition.fields.get(wanted.name)
                    if found is not None and not _is_hidden(wanted):
                        yield from self._check_implementation(wanted, found)

    def _check_implementation(self, wanted: FieldDefinition, found: FieldDefinition) -> Iterator[_Problem]:
        pairs: list[tuple[FieldDefinition | InputValue, FieldDefinition | InputValue]] = [(wanted, found)]
        if not _is_hidden(found):
            pairs = [
                (argument, found.arguments[name])
                for name, argument in wanted.arguments.items()
                if name in found.arguments and not _is_hidden(argument)
            ]
        for visible, hidden in pairs:
            if _is_hidden(hidden):
                message = (
                    f'"{hidden.coordinate}" is @inaccessible and implements "{visible.coordinate}", which is not; '
                    "hide both, or neither."
                )
                yield _Problem("IMPLEMENTED_BY_INACCESSIBLE", message, visible.coordinate, hidden.coordinate)

    def _check_defaults(self) -> Iterator[_Problem]:
        for part in self._visible_parts():
            if isinstance(part, InputValue) and part.has_default:
                for hidden in self._hidden_in(part.default, part.type):
                    message = (
                        f'The default of "{part.coordinate}" uses "{hidden}", which is @inaccessible; '
                        "give it another default, or hide it too."
                    )
                    yield _Problem("DEFAULT_VALUE_USES_INACCESSIBLE", message, part.coordinate, hidden)

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
            yield from (each for each in definition.fields.values() if not _is_hidden(each))
        yield from (value for value in self._input_values() if not _is_hidden(value))

    def _input_values(self) -> Iterator[InputValue]:
        """The arguments of what is visible, clients' directives included, and the fields of visible inputs."""
        for definition in self.visible:
            yield from definition.input_fields.values()
            for each in definition.fields.values():
                if not _is_hidden(each):
                    yield from each.arguments.values()
        for directive in self.schema.directives.values():
            if EXECUTABLE_LOCATIONS & set(directive.locations):
                yield from directive.arguments.values()
