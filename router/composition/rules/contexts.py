"""`@context` and `@fromContext`: names that are set, and selections that fit the argument."""

from __future__ import annotations

import re
from collections.abc import Iterator

from entrepot.router.composition.definitions import AppliedDirective, InputValue, Kind, TypeDefinition
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.rules.field_sets import located
from entrepot.router.composition.subgraph import Subgraph
from entrepot.router.composition.type_references import is_list, is_subtype, named_type, nullable
from entrepot.router.federation.contexts import ContextReference, parse_from_context
from entrepot.router.federation.field_set import FieldSetInvalid, read_field_set
from entrepot.router.federation.keys import parse_key
from entrepot.router.selection import Field, SelectionSet

_CONTEXT_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9]*$")


def check_contexts(subgraph: Subgraph) -> list[CompositionError]:
    """Report context names that cannot be used and arguments that read what no context has."""
    setters: dict[str, list[TypeDefinition]] = {}
    errors: list[CompositionError] = []
    for definition in subgraph.schema.types.values():
        for application in definition.applied("context"):
            name = str(application.arguments.get("name", ""))
            if not _CONTEXT_NAME.match(name):
                message = (
                    f'The context "{name}" on "{definition.name}" has a name that cannot be used; write letters and '
                    "digits, a letter first."
                )
                errors.append(located("CONTEXT_NAME_INVALID", message, application.location))
            setters.setdefault(name, []).append(definition)
    for definition in subgraph.schema.composite_types():
        for each in definition.fields.values():
            for argument in each.arguments.values():
                for application in argument.applied("fromContext"):
                    problems = _check_argument(subgraph, setters, definition, argument, application)
                    errors += [located(code, message, application.location) for code, message in problems]
    return errors + _find_on_directives(subgraph)


def _find_on_directives(subgraph: Subgraph) -> list[CompositionError]:
    return [
        located(
            "CONTEXT_NOT_SET",
            f'@fromContext on "{argument.coordinate}": a directive is nowhere in the graph and cannot read a context; '
            "remove it.",
            application.location,
        )
        for directive in subgraph.schema.directives.values()
        for argument in directive.arguments.values()
        for application in argument.applied("fromContext")
    ]


def _check_argument(
    subgraph: Subgraph,
    setters: dict[str, list[TypeDefinition]],
    owner: TypeDefinition,
    argument: InputValue,
    application: AppliedDirective,
) -> Iterator[tuple[str, str]]:
    where = f'@fromContext on "{argument.coordinate}"'
    if owner.kind is Kind.INTERFACE:
        yield "CONTEXT_NOT_SET", f"{where}: an interface field cannot read a context; use a field of an object."
        return
    promised = _promising_interface(subgraph, owner, argument)
    if promised is not None:
        message = f'{where}: a field that "{promised}" promises cannot read a context; use one that no interface has.'
        yield "CONTEXT_NOT_SET", message
        return
    has_key = any(parse_key(each.arguments).is_resolvable for each in owner.applied("key"))
    no_key = f'{where}: "{owner.name}" has no resolvable @key by which the field could be fetched later; add one.'
    if argument.has_default:
        yield (
            "CONTEXT_NOT_SET",
            f"{where}: an argument that is filled from a context cannot have a default; remove one of them.",
        )
        if not has_key:
            yield "CONTEXT_NO_RESOLVABLE_KEY", no_key
        return
    reference = parse_from_context(application.arguments)
    if reference is None:
        yield "NO_CONTEXT_IN_SELECTION", f'{where}: no context is named; write "$context {{ selection }}".'
        return
    if reference.context not in setters:
        yield "CONTEXT_NOT_SET", f'{where}: no type sets the context "{reference.context}"; add @context to one.'
    if not has_key:
        yield "CONTEXT_NO_RESOLVABLE_KEY", no_key
    for setter in setters.get(reference.context, ()):
        problem = _explain_selection(subgraph, setter, reference, argument)
        if problem:
            yield "CONTEXT_INVALID_SELECTION", f'{where}, context "{reference.context}": {problem}.'


def _promising_interface(subgraph: Subgraph, owner: TypeDefinition, argument: InputValue) -> str | None:
    """The interface that has the argument's field too; who reads through it cannot know of the context."""
    field_name = argument.coordinate.partition("(")[0].partition(".")[2]
    for name in owner.interfaces:
        interface = subgraph.schema.types.get(name)
        if interface is not None and field_name in interface.fields:
            return name
    return None


def _explain_selection(
    subgraph: Subgraph, setter: TypeDefinition, reference: ContextReference, argument: InputValue
) -> str | None:
    try:
        field_set = read_field_set(reference.selection)
    except FieldSetInvalid as error:
        return f"{str(error).rstrip('.')}; correct the selection"
    if field_set.directives:
        return f'the directive "@{field_set.directives[0]}" cannot be used in the selection; remove it'
    if field_set.aliases:
        return f'the alias "{field_set.aliases[0]}" cannot be used in the selection; remove it'
    names = [setter.name]
    if setter.kind is not Kind.OBJECT:
        names = sorted(subgraph.schema.runtime_types(setter.name))
    for name in names:
        selected = _selected_type(subgraph, name, field_set.selections)
        if selected is None:
            return f'"{reference.selection}" selects no single value of "{name}"; select one that fits the argument'
        if not is_subtype(selected, argument.type, lambda narrow, wide: narrow == wide):
            return (
                f'the selected "{selected}" of "{name}" does not fit the argument of type "{argument.type}"; '
                "make them agree"
            )
    return None


def _selected_type(subgraph: Subgraph, type_name: str, selections: SelectionSet) -> str | None:
    """The type of the one leaf that is selected, wrapped as the fields on the way to it are."""
    definition = subgraph.schema.types.get(type_name)
    candidates = []
    for selection in selections:
        if isinstance(selection, Field):
            candidates.append(selection)
        elif selection.type_condition in (None, type_name) or (
            definition is not None and selection.type_condition in definition.interfaces
        ):
            candidates += [each for each in selection.selections if isinstance(each, Field)]
    if len(candidates) != 1 or definition is None or candidates[0].name not in definition.fields:
        return None
    found = definition.fields[candidates[0].name]
    if not candidates[0].selections:
        return found.type if named_type(found.type) not in _composite_names(subgraph) else None
    inner = _selected_type(subgraph, named_type(found.type), candidates[0].selections)
    if inner is None:
        return None
    if is_list(found.type):
        return nullable(found.type).replace(named_type(found.type), nullable(inner))
    return inner if found.type.endswith("!") else nullable(inner)


def _composite_names(subgraph: Subgraph) -> frozenset[str]:
    kinds = (Kind.OBJECT, Kind.INTERFACE, Kind.UNION)
    return frozenset(each.name for each in subgraph.schema.of_kind(*kinds))
