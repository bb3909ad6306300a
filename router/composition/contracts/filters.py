"""Which parts of a supergraph a contract hides, by tags and by what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from entrepot.router.composition.contracts.tagged_schema import TaggedSchema, has_fields, parts_of, tags_of
from entrepot.router.composition.definitions import Element, FieldDefinition, Kind, TypeDefinition
from entrepot.router.composition.type_references import named_type


def hide_excluded(tagged: TaggedSchema, exclude: frozenset[str]) -> None:
    """Hide what bears an excluded tag, whatever else it bears."""
    for definition in tagged.types():
        arguments = [argument for each in definition.fields.values() for argument in each.arguments.values()]
        for element in (definition, *parts_of(definition), *arguments):
            if exclude & tags_of(element):
                tagged.hide(element)


def hide_not_included(tagged: TaggedSchema, include: frozenset[str]) -> None:
    """Hide the unions, and the fields of objects and interfaces, that bear none of the included tags.

    A field bears the tags of its type too. Enums, inputs, scalars and arguments are not chosen by inclusion.
    """
    if not include:
        return
    for definition in tagged.types():
        of_type = include & tags_of(definition)
        if definition.kind is Kind.UNION and not of_type:
            tagged.hide(definition)
        for each in definition.fields.values():
            if not of_type and not include & tags_of(each):
                tagged.hide(each)


def hide_consequences(tagged: TaggedSchema) -> None:
    """Hide what is left without parts, and interface fields that an implementation or a type no longer bears out.

    An object's field that returns a hidden type is left to be reported: it lacks a tag that its type has.
    """
    rules: tuple[Callable[[TaggedSchema], Iterator[Element]], ...] = (_find_empty_types, _find_broken_interface_fields)
    found = True
    while found:
        found = False
        for rule in rules:
            for element in list(rule(tagged)):
                tagged.hide(element)
                found = True


def _find_empty_types(tagged: TaggedSchema) -> Iterator[TypeDefinition]:
    for definition in tagged.types():
        parts = parts_of(definition)
        parts += [tagged.schema.types[name] for name in definition.members if name in tagged.schema.types]
        if parts and not definition.has("inaccessible") and all(part.has("inaccessible") for part in parts):
            yield definition


def _find_broken_interface_fields(tagged: TaggedSchema) -> Iterator[FieldDefinition]:
    types = tagged.schema.types
    visible = [each for each in tagged.types() if has_fields(each) and not each.has("inaccessible")]
    for interface in visible:
        if interface.kind is not Kind.INTERFACE:
            continue
        implementations = [each for each in visible if interface.name in each.interfaces]
        for field in interface.fields.values():
            if field.has("inaccessible"):
                continue
            returned = types.get(named_type(field.type))
            own = [each.fields[field.name] for each in implementations if field.name in each.fields]
            if (returned is not None and returned.has("inaccessible")) or any(_hides(one, field) for one in own):
                yield field


def _hides(implementation: FieldDefinition, field: FieldDefinition) -> bool:
    """Whether an implementation's field, or an argument that the interface shows, is hidden."""
    if implementation.has("inaccessible"):
        return True
    return any(
        argument.has("inaccessible") and name in field.arguments and not field.arguments[name].has("inaccessible")
        for name, argument in implementation.arguments.items()
    )
