"""What a subgraph's directives say of its fields: key, external, provided, required, shareable, used."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from entrepot.router.composition.contexts import context_selections
from entrepot.router.composition.definitions import AppliedDirective, FieldDefinition, Kind, Schema, TypeDefinition
from entrepot.router.composition.type_references import named_type
from entrepot.router.federation.field_set import FieldSetInvalid, parse_field_set
from entrepot.router.federation.keys import Key, parse_key
from entrepot.router.selection import Field, SelectionSet


def selections_of(application: AppliedDirective, argument: str = "fields") -> SelectionSet:
    """The field set of an application; empty where it cannot be read, which a rule reports."""
    text = application.arguments.get(argument)
    if not isinstance(text, str):
        return ()
    try:
        return parse_field_set(text)
    except FieldSetInvalid:
        return ()


def selected_fields(schema: Schema, type_name: str, selections: SelectionSet) -> Iterator[FieldDefinition]:
    """The fields that a selection set names at any depth, as far as they exist."""
    definition = schema.types.get(type_name)
    for selection in selections:
        if not isinstance(selection, Field):
            yield from selected_fields(schema, selection.type_condition or type_name, selection.selections)
            continue
        found = definition.fields.get(selection.name) if definition else None
        if found is not None:
            yield found
            yield from selected_fields(schema, named_type(found.type), selection.selections)


def implementations_of(schema: Schema, found: FieldDefinition) -> Iterator[FieldDefinition]:
    """The field itself and, on an interface, the same field of every implementation."""
    yield found
    definition = schema.types[found.parent]
    if definition.kind is Kind.INTERFACE:
        for each in schema.composite_types():
            if found.parent in each.interfaces and found.name in each.fields:
                yield each.fields[found.name]


class FieldUsage:
    """Answers about one subgraph's fields, each computed when first asked; fields are named by coordinate."""

    def __init__(self, schema: Schema, *, is_federation_1: bool) -> None:
        self._schema = schema
        self._is_federation_1 = is_federation_1

    def keys(self, type_name: str) -> list[Key]:
        definition = self._schema.types.get(type_name)
        return [parse_key(each.arguments) for each in definition.applied("key")] if definition else []

    @cached_property
    def key_fields(self) -> frozenset[str]:
        """Fields that are part of a key, nested ones included."""
        return frozenset(each.coordinate for each in self._target_fields_of_keys())

    @cached_property
    def provided_fields(self) -> frozenset[str]:
        """Fields that some `@provides` selects, on implementations too."""
        return frozenset(
            implementation.coordinate
            for owner in self._fields()
            for application in owner.applied("provides")
            for found in selected_fields(self._schema, named_type(owner.type), selections_of(application))
            for implementation in implementations_of(self._schema, found)
        )

    @cached_property
    def required_fields(self) -> frozenset[str]:
        """Fields that some `@requires` selects, on implementations too."""
        return frozenset(
            implementation.coordinate
            for owner in self._fields()
            for application in owner.applied("requires")
            for found in selected_fields(self._schema, owner.parent, selections_of(application))
            for implementation in implementations_of(self._schema, found)
        )

    @cached_property
    def directly_used_fields(self) -> frozenset[str]:
        """Fields that a key, requirement, provision or context selects."""
        keys = {
            implementation.coordinate
            for found in self._target_fields_of_keys()
            for implementation in implementations_of(self._schema, found)
        }
        return frozenset(keys) | self.provided_fields | self.required_fields | self._context_fields

    @cached_property
    def used_fields(self) -> frozenset[str]:
        """Fields that something in the subgraph needs, interfaces that ask for them included."""
        return self.directly_used_fields | self._interface_fields

    @cached_property
    def external_fields(self) -> frozenset[str]:
        """Fields that another subgraph resolves.

        The key of a type extension is often marked `@external` out of federation 1 habit; it is resolved here.
        """
        external: set[str] = set()
        for definition in self._schema.composite_types():
            blocks = {application.block for application in definition.applied("external")}
            external.update(
                each.coordinate
                for each in definition.fields.values()
                if each.has("external") or (each.block in blocks and not self._is_federation_1)
            )
        return frozenset(external - self._keys_of_extensions)

    def is_external(self, found: FieldDefinition) -> bool:
        return found.coordinate in self.external_fields

    def is_fully_external(self, found: FieldDefinition) -> bool:
        """External and on no path provided."""
        return found.coordinate in self.external_fields and found.coordinate not in self.provided_fields

    @cached_property
    def shareable_fields(self) -> frozenset[str]:
        shareable = set(self.key_fields | (self.provided_fields & self.external_fields))
        for definition in self._schema.of_kind(Kind.OBJECT):
            blocks = {application.block for application in definition.applied("shareable")}
            shareable.update(
                each.coordinate for each in definition.fields.values() if each.block in blocks or each.has("shareable")
            )
        return frozenset(shareable)

    def is_shareable(self, found: FieldDefinition) -> bool:
        return found.coordinate in self.shareable_fields

    def is_interface_object(self, type_name: str) -> bool:
        definition = self._schema.types.get(type_name)
        return definition is not None and definition.has("interfaceObject")

    @cached_property
    def interface_objects(self) -> frozenset[str]:
        return frozenset(each.name for each in self._schema.of_kind(Kind.OBJECT) if each.has("interfaceObject"))

    @cached_property
    def _context_fields(self) -> frozenset[str]:
        contexts: dict[str, list[TypeDefinition]] = {}
        for definition in self._schema.types.values():
            for application in definition.applied("context"):
                contexts.setdefault(str(application.arguments.get("name")), []).append(definition)
        if not contexts:
            return frozenset()
        used: set[str] = set()
        for context, selections in context_selections(self._schema):
            for definition in contexts.get(context, ()):
                for name in self._schema.runtime_types(definition.name) | {definition.name}:
                    used.update(each.coordinate for each in selected_fields(self._schema, name, selections))
        return frozenset(used)

    @cached_property
    def _interface_fields(self) -> frozenset[str]:
        interfaces = {each.name: each for each in self._schema.of_kind(Kind.INTERFACE)}
        return frozenset(
            f"{definition.name}.{name}"
            for definition in self._schema.composite_types()
            for interface in definition.interfaces
            if interface in interfaces
            for name in interfaces[interface].fields
            if name in definition.fields
        )

    @cached_property
    def _keys_of_extensions(self) -> frozenset[str]:
        """What the keys of extensions select; of `extend type` in federation 1 only its own fields."""
        return frozenset(
            found.coordinate
            for definition in self._schema.composite_types()
            for application in definition.applied("key")
            if application.block or definition.has("extends")
            for found in selected_fields(self._schema, definition.name, selections_of(application))
            if not self._is_federation_1 or definition.has("extends") or found.parent == definition.name
        )

    def _target_fields_of_keys(self) -> Iterator[FieldDefinition]:
        for definition in self._schema.composite_types():
            for application in definition.applied("key"):
                yield from selected_fields(self._schema, definition.name, selections_of(application))

    def _fields(self) -> Iterator[FieldDefinition]:
        for definition in self._schema.composite_types():
            yield from definition.fields.values()
