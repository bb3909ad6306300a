"""The field sets of `@key`, `@requires` and `@provides` must be valid selections of their type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import parse_value

from entrepot.router.composition.definitions import (
    BUILT_IN_DIRECTIVES,
    AppliedDirective,
    FieldDefinition,
    Kind,
    Location,
    Schema,
    TypeDefinition,
)
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.literal_validity import explain_literal
from entrepot.router.composition.subgraph import Subgraph
from entrepot.router.composition.type_references import named_type
from entrepot.router.federation.field_set import FieldSetInvalid, read_field_set
from entrepot.router.federation.literals import is_plain_string, print_literal, read_literal
from entrepot.router.selection import Argument, Field, Selection, SelectionSet

_COMPOSITE = frozenset({Kind.OBJECT, Kind.INTERFACE, Kind.UNION})


@dataclass(frozen=True, slots=True)
class FieldSetRule:
    """What one directive asks of its field set."""

    directive: str
    may_take_arguments: bool
    may_select_abstract_types: bool
    must_be_external: bool


KEY_RULE = FieldSetRule("key", may_take_arguments=False, may_select_abstract_types=False, must_be_external=False)
PROVIDES_RULE = FieldSetRule(
    "provides", may_take_arguments=False, may_select_abstract_types=True, must_be_external=True
)
REQUIRES_RULE = FieldSetRule("requires", may_take_arguments=True, may_select_abstract_types=True, must_be_external=True)


def check_field_set(
    subgraph: Subgraph, rule: FieldSetRule, application: AppliedDirective, parent: str, coordinate: str
) -> list[CompositionError]:
    """What is wrong with the field set of one application, on the type `parent`."""
    prefix = rule.directive.upper()
    where = f'On "{coordinate}", for @{rule.directive}(fields: {print_literal(application.arguments.get("fields"))})'
    text = application.arguments.get("fields")
    if not is_plain_string(text):
        message = f"{where}: `fields` must be a string; write it in quotes."
        return [CompositionError(f"{prefix}_INVALID_FIELDS_TYPE", message, (application.location,))]
    try:
        field_set = read_field_set(text)
    except FieldSetInvalid as error:
        message = f"{where}: {str(error).rstrip('.')}; correct the selection."
        return [CompositionError(f"{prefix}_INVALID_FIELDS", message, (application.location,))]
    problems = list(_check_syntax(subgraph, field_set.directives, field_set.aliases, prefix))
    problems += _SelectionCheck(subgraph, rule).check(parent, field_set.selections, is_below_external=False)
    ending = (f"{prefix}_INVALID_FIELDS", f"{prefix}_FIELDS_SELECT_INVALID_TYPE")
    invalid = [problem for problem in problems if problem[0] in ending]
    # A selection that is not valid says nothing reliable about the rest.
    problems = invalid[:1] or problems
    return [CompositionError(code, f"{where}: {text}.", (application.location,)) for code, text in problems]


def _check_syntax(
    subgraph: Subgraph, directives: tuple[str, ...], aliases: tuple[str, ...], prefix: str
) -> Iterator[tuple[str, str]]:
    for name in directives:
        if name in subgraph.schema.directives or name in BUILT_IN_DIRECTIVES:
            yield (
                f"{prefix}_DIRECTIVE_IN_FIELDS_ARG",
                f'the directive "@{name}" cannot be used in a field set; remove it',
            )
        else:
            yield f"{prefix}_INVALID_FIELDS", f'unknown directive "@{name}"; remove it'
    for alias in aliases:
        yield f"{prefix}_INVALID_FIELDS", f'the alias "{alias}" cannot be used in a field set; remove it'


class _SelectionCheck:
    def __init__(self, subgraph: Subgraph, rule: FieldSetRule) -> None:
        self.subgraph = subgraph
        self.schema: Schema = subgraph.schema
        self.rule = rule
        self.prefix = rule.directive.upper()
        self.must_be_external = rule.must_be_external and not subgraph.is_federation_1

    def check(self, parent: str, selections: SelectionSet, *, is_below_external: bool) -> Iterator[tuple[str, str]]:
        definition = self.schema.types.get(parent)
        for selection in selections:
            if isinstance(selection, Field):
                yield from self._check_field(definition, parent, selection, is_below_external=is_below_external)
            else:
                yield from self._check_fragment(parent, selection, is_below_external=is_below_external)

    def _check_fragment(
        self, parent: str, selection: Selection, *, is_below_external: bool
    ) -> Iterator[tuple[str, str]]:
        assert not isinstance(selection, Field)
        condition = selection.type_condition or parent
        found = self.schema.types.get(condition)
        if found is None or found.kind not in _COMPOSITE:
            yield f"{self.prefix}_INVALID_FIELDS", f'unknown type "{condition}" in a fragment; correct its name'
        elif not self.schema.runtime_types(condition) & self.schema.runtime_types(parent):
            yield f"{self.prefix}_INVALID_FIELDS", f'a "{parent}" can never be a "{condition}"; remove the fragment'
        else:
            yield from self.check(condition, selection.selections, is_below_external=is_below_external)

    def _check_field(
        self, definition: TypeDefinition | None, parent: str, selection: Field, *, is_below_external: bool
    ) -> Iterator[tuple[str, str]]:
        if selection.name == "__typename":
            if self.must_be_external and not is_below_external:
                message = f'"{parent}.__typename" is known here without asking; take it out'
                yield f"{self.prefix}_FIELDS_MISSING_EXTERNAL", message
            return
        found = definition.fields.get(selection.name) if definition else None
        if found is None:
            message = f'"{parent}" has no field "{selection.name}"; define it, or correct the name'
            yield f"{self.prefix}_INVALID_FIELDS", message
            return
        returned = self.schema.types.get(named_type(found.type))
        is_composite = returned is not None and returned.kind in _COMPOSITE
        is_abstract = returned is not None and returned.kind in (Kind.UNION, Kind.INTERFACE)
        if is_abstract and not self.rule.may_select_abstract_types:
            message = f'"{found.coordinate}" is of type "{found.type}", an interface or union; select other fields'
            yield f"{self.prefix}_FIELDS_SELECT_INVALID_TYPE", message
            return
        yield from self._check_arguments(found, selection)
        if is_composite and not selection.selections:
            yield f"{self.prefix}_INVALID_FIELDS", f'"{found.coordinate}" needs a selection; select some of its fields'
            return
        if selection.selections and not is_composite:
            yield f"{self.prefix}_INVALID_FIELDS", f'"{found.coordinate}" has no fields; select it by its name alone'
            return
        if found.arguments and not self.rule.may_take_arguments:
            message = f'"{found.coordinate}" takes arguments and cannot be selected; select other fields'
            yield f"{self.prefix}_FIELDS_HAS_ARGS", message
        is_external = is_below_external or self._is_external(found, is_leaf=not selection.selections)
        if not selection.selections and self.must_be_external and not is_external:
            message = (
                f'"{found.coordinate}" is resolved by "{self.subgraph.name}" itself; mark it @external if it is '
                "resolved elsewhere, or take it out"
            )
            yield f"{self.prefix}_FIELDS_MISSING_EXTERNAL", message
        yield from self.check(named_type(found.type), selection.selections, is_below_external=is_external)

    def _check_arguments(self, found: FieldDefinition, selection: Field) -> Iterator[tuple[str, str]]:
        given = {argument.name for argument in selection.arguments}
        for name in sorted(given - found.arguments.keys()):
            yield f"{self.prefix}_INVALID_FIELDS", f'"{found.coordinate}" has no argument "{name}"; remove it'
        for each in selection.arguments:
            if each.name in found.arguments:
                problem = self._explain_value(each, found.arguments[each.name].type)
                if problem:
                    message = f'the argument "{each.name}" of "{found.coordinate}" is not valid, {problem}; correct it'
                    yield f"{self.prefix}_INVALID_FIELDS", message
        for argument in found.arguments.values():
            if argument.is_required and argument.name not in given:
                yield (
                    f"{self.prefix}_INVALID_FIELDS",
                    f'"{found.coordinate}" needs the argument "{argument.name}"; give it',
                )

    def _explain_value(self, argument: Argument, reference: str) -> str | None:
        if argument.variables:
            return "there are no variables here"
        return explain_literal(self.schema, read_literal(parse_value(argument.value)), reference)

    def _is_external(self, found: FieldDefinition, *, is_leaf: bool) -> bool:
        """External itself or, on an interface and with fields below, in some implementation."""
        usage = self.subgraph.usage
        if usage.is_external(found):
            return True
        if is_leaf or self.schema.types[found.parent].kind is not Kind.INTERFACE:
            return False
        return any(
            found.name in each.fields and usage.is_external(each.fields[found.name])
            for each in self.schema.of_kind(Kind.OBJECT)
            if found.parent in each.interfaces
        )


def located(code: str, message: str, location: Location) -> CompositionError:
    """An error at one place."""
    return CompositionError(code, message, (location,))
