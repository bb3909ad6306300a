"""`@key`: valid field sets, and interfaces whose implementations have the same keys."""

from __future__ import annotations

from entrepot.router.composition.definitions import Kind, TypeDefinition
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.rules.field_sets import KEY_RULE, check_field_set, located
from entrepot.router.composition.subgraph import Subgraph
from entrepot.router.composition.usage import selections_of
from entrepot.router.federation.keys import parse_key
from entrepot.router.selection import Field, SelectionSet

_INTERFACE_KEYS_SINCE = (2, 3)


def check_keys(subgraph: Subgraph) -> list[CompositionError]:
    """Report keys that cannot be used (federation subgraph specification, @key)."""
    errors: list[CompositionError] = []
    for definition in subgraph.schema.composite_types():
        for application in definition.applied("key"):
            if definition.kind is Kind.INTERFACE and subgraph.version < _INTERFACE_KEYS_SINCE:
                message = f'@key on the interface "{definition.name}" needs federation 2.3; link that version or newer.'
                errors.append(located("KEY_UNSUPPORTED_ON_INTERFACE", message, application.location))
            errors += check_field_set(subgraph, KEY_RULE, application, definition.name, definition.name)
    return errors


def check_interface_keys(subgraph: Subgraph) -> list[CompositionError]:
    """Report implementations that lack a key of their interface."""
    errors: list[CompositionError] = []
    for interface in subgraph.schema.of_kind(Kind.INTERFACE):
        for application in interface.applied("key"):
            wanted = _normalize(selections_of(application))
            if not wanted:
                continue
            is_resolvable = parse_key(application.arguments).is_resolvable
            for each in subgraph.schema.of_kind(Kind.OBJECT):
                if interface.name in each.interfaces and not _has_key(each, wanted, is_resolvable=is_resolvable):
                    fields = application.arguments["fields"]
                    message = (
                        f'The interface "{interface.name}" has @key(fields: "{fields}"), and its implementation '
                        f'"{each.name}" has not in "{subgraph.name}"; add the key there.'
                    )
                    errors.append(located("INTERFACE_KEY_NOT_ON_IMPLEMENTATION", message, each.location))
    return errors


def _has_key(definition: TypeDefinition, wanted: frozenset[object], *, is_resolvable: bool) -> bool:
    return any(
        _normalize(selections_of(application)) == wanted
        and (parse_key(application.arguments).is_resolvable or not is_resolvable)
        for application in definition.applied("key")
    )


def _normalize(selections: SelectionSet) -> frozenset[object]:
    """The same value for selections of the same fields in any order."""
    return frozenset(
        (each.name if isinstance(each, Field) else f"... on {each.type_condition}", _normalize(each.selections))
        for each in selections
    )
