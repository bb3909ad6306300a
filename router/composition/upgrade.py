"""Federation 1 subgraphs made federation 2 ones: what was implied is written down, what had no effect is removed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from entrepot.router.composition.definitions import AppliedDirective, FieldDefinition, Kind, TypeDefinition
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.subgraph import Subgraph
from entrepot.router.composition.type_references import named_type
from entrepot.router.composition.usage import selections_of
from entrepot.router.federation.literals import EnumLiteral, Literal
from entrepot.router.selection import Field, InlineFragment, Selection, SelectionSet, print_selections


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the upgrade of one subgraph must know of another, as it was before any upgrade."""

    name: str
    types: frozenset[str]
    definitions: frozenset[str]
    resolved: frozenset[str]
    key_fields: frozenset[str]


def normalize_federation_1(subgraph: Subgraph) -> None:
    """Accept the ways in which federation 1 let field sets be written, and drop directives it ignored."""
    for definition in subgraph.schema.composite_types():
        if definition.kind is Kind.INTERFACE and definition.has("key"):
            subgraph.ignored_interface_keys.add(definition.name)
            _remove(definition, "key")
        for application in definition.applied("key"):
            _write_as_text(application)
        for each in definition.fields.values():
            if definition.kind is Kind.INTERFACE:
                _remove(each, "external", "requires", "provides")
            for application in (*each.applied("requires"), *each.applied("provides")):
                _write_as_text(application)
            if not _is_composite(subgraph, each):
                _remove(each, "provides")
    subgraph.forget_usage()


def upgrade_subgraphs(
    subgraphs: Sequence[Subgraph], check: Callable[[Subgraph], list[CompositionError]]
) -> list[CompositionError]:
    """Upgrade the federation 1 subgraphs in place; return the extensions that extend nothing and what `check` finds.

    A subgraph that extends nothing is not checked, for most of what else is wrong with it comes from there.
    """
    facts = [_collect_facts(subgraph) for subgraph in subgraphs]
    errors = _find_ignored_interface_keys(subgraphs)
    for subgraph in subgraphs:
        if subgraph.is_federation_1:
            others = [each for each in facts if each.name != subgraph.name]
            problems = _find_baseless_extensions(subgraph, others) or check(subgraph)
            errors += problems
            if problems:
                continue
            for step in _STEPS:
                step(subgraph, others)
                subgraph.forget_usage()
            errors += _remove_empty_types(subgraph)
    return errors


def _collect_facts(subgraph: Subgraph) -> _Facts:
    schema, usage = subgraph.schema, subgraph.usage
    return _Facts(
        name=subgraph.name,
        types=frozenset(schema.types),
        definitions=frozenset(each.name for each in schema.types.values() if not each.is_extension),
        resolved=frozenset(
            each.coordinate
            for definition in schema.of_kind(Kind.OBJECT)
            for each in definition.fields.values()
            if not usage.is_fully_external(each)
        ),
        key_fields=usage.key_fields,
    )


def _find_ignored_interface_keys(subgraphs: Sequence[Subgraph]) -> list[CompositionError]:
    """A key on a federation 1 interface resolves no type name, which interface objects elsewhere rely on."""
    objects = {name for subgraph in subgraphs for name in subgraph.usage.interface_objects}
    return [
        CompositionError(
            "INTERFACE_OBJECT_USAGE_ERROR",
            f'"{name}" is an @interfaceObject elsewhere, and its @key in the federation 1 subgraph "{subgraph.name}" '
            "cannot resolve its implementations; link federation 2 there, or remove the key.",
            (subgraph.schema.types[name].location,),
        )
        for subgraph in subgraphs
        for name in sorted(subgraph.ignored_interface_keys & objects)
    ]


def _find_baseless_extensions(subgraph: Subgraph, others: Sequence[_Facts]) -> list[CompositionError]:
    roots = set(subgraph.schema.roots.values())
    return [
        CompositionError(
            "EXTENSION_WITH_NO_BASE",
            f'"{subgraph.name}" extends "{definition.name}", which no other subgraph defines; define it here or there.',
            (definition.location,),
        )
        for definition in subgraph.schema.types.values()
        if _is_extension(definition)
        and definition.name not in roots
        and not any(definition.name in other.definitions for other in others)
    ]


def _resolve_keys_of_extensions(subgraph: Subgraph, others: Sequence[_Facts]) -> None:
    """The key of an extension was marked external and is resolved here all the same."""
    external = subgraph.usage.external_fields
    for definition in subgraph.schema.composite_types():
        extends_without_key = _is_extension(definition) and not definition.has("key")
        for each in definition.fields.values():
            is_key = extends_without_key and any(each.coordinate in other.key_fields for other in others)
            if each.coordinate not in external or is_key:
                _remove(each, "external")
        definition.directives = [each for each in definition.directives if each.federation != "external"]


def _remove_extensions(subgraph: Subgraph, _others: Sequence[_Facts]) -> None:
    """What extends nothing in this subgraph becomes one definition; extensions beside a definition stay."""
    for definition in subgraph.schema.types.values():
        if definition.is_extension:
            definition.is_extension = False
            for application in definition.directives:
                application.block = 0
            for each in definition.fields.values():
                each.block = 0


def _trim_field_sets(subgraph: Subgraph, _others: Sequence[_Facts]) -> None:
    """Fields that are resolved here need not be required or provided."""
    for definition in subgraph.schema.composite_types():
        for each in definition.fields.values():
            _trim(subgraph, each, "requires", each.parent)
            _trim(subgraph, each, "provides", named_type(each.type))


def _trim(subgraph: Subgraph, owner: FieldDefinition, directive: str, parent: str) -> None:
    for application in owner.applied(directive):
        kept = _external_part(subgraph, parent, selections_of(application))
        if not kept:
            _remove(owner, directive)
        else:
            application.arguments = {**application.arguments, "fields": print_selections(kept)}


def _external_part(subgraph: Subgraph, parent: str, selections: SelectionSet) -> SelectionSet:
    definition = subgraph.schema.types.get(parent)
    kept: list[Selection] = []
    for selection in selections:
        if isinstance(selection, InlineFragment):
            inner = _external_part(subgraph, selection.type_condition or parent, selection.selections)
            if inner:
                kept.append(InlineFragment(selection.type_condition, inner))
            continue
        found = definition.fields.get(selection.name) if definition else None
        if found is None or subgraph.usage.is_external(found):
            kept.append(selection)
            continue
        inner = _external_part(subgraph, named_type(found.type), selection.selections)
        if inner:
            kept.append(Field(selection.name, selection.alias, selection.arguments, inner))
    return tuple(kept)


def _remove_unused_externals(subgraph: Subgraph, _others: Sequence[_Facts]) -> None:
    usage, schema = subgraph.usage, subgraph.schema
    for definition in schema.of_kind(Kind.OBJECT):
        for name, each in list(definition.fields.items()):
            if each.coordinate in usage.external_fields and each.coordinate not in usage.used_fields:
                del definition.fields[name]


def _remove_empty_types(subgraph: Subgraph) -> list[CompositionError]:
    """Drop the types of which nothing is left; return those that something still refers to."""
    schema = subgraph.schema
    referred = {named_type(each.type) for definition in schema.composite_types() for each in definition.fields.values()}
    referred.update(name for definition in schema.types.values() for name in definition.members)
    errors = []
    for definition in schema.of_kind(Kind.OBJECT):
        if definition.fields or definition.name in schema.roots.values():
            continue
        if definition.name in referred:
            message = (
                f'All fields of "{definition.name}" in "{subgraph.name}" are external and unused; use one in a @key, '
                "@requires or @provides, or add a field that the subgraph resolves."
            )
            errors.append(CompositionError("TYPE_WITH_ONLY_UNUSED_EXTERNAL", message, (definition.location,)))
        else:
            del schema.types[definition.name]
            subgraph.forget_usage()
    return errors


def _remove_tags_on_externals(subgraph: Subgraph, _others: Sequence[_Facts]) -> None:
    for definition in subgraph.schema.composite_types():
        for each in definition.fields.values():
            if subgraph.usage.is_external(each):
                _remove(each, "tag")


def _add_shareable(subgraph: Subgraph, others: Sequence[_Facts]) -> None:
    """Federation 1 let value types and root fields be resolved anywhere."""
    schema = subgraph.schema
    key_fields = subgraph.usage.key_fields
    for definition in schema.of_kind(Kind.OBJECT):
        if definition.name == schema.roots.get("subscription"):
            continue
        if definition.has("key") or definition.name in schema.roots.values():
            for each in definition.fields.values():
                is_elsewhere = any(each.coordinate in other.resolved for other in others)
                if is_elsewhere and each.coordinate not in key_fields and not each.has("shareable"):
                    each.directives.append(AppliedDirective("shareable", federation="shareable"))
        elif any(definition.name in other.types for other in others) and not definition.has("shareable"):
            definition.directives.append(AppliedDirective("shareable", federation="shareable"))


def _is_extension(definition: TypeDefinition) -> bool:
    return definition.is_extension or definition.has("extends")


def _is_composite(subgraph: Subgraph, each: FieldDefinition) -> bool:
    returned = subgraph.schema.types.get(named_type(each.type))
    return returned is not None and returned.kind in (Kind.OBJECT, Kind.INTERFACE, Kind.UNION)


def _write_as_text(application: AppliedDirective) -> None:
    fields: Literal = application.arguments.get("fields")
    if isinstance(fields, list) and all(isinstance(item, str) for item in fields):
        application.arguments = {**application.arguments, "fields": " ".join(map(str, fields))}
    elif isinstance(fields, EnumLiteral):
        application.arguments = {**application.arguments, "fields": str(fields)}


def _remove(element: TypeDefinition | FieldDefinition, *directives: str) -> None:
    element.directives = [each for each in element.directives if each.federation not in directives]


_STEPS: tuple[Callable[[Subgraph, Sequence[_Facts]], None], ...] = (
    _resolve_keys_of_extensions,
    _remove_extensions,
    _trim_field_sets,
    _remove_unused_externals,
    _remove_tags_on_externals,
    _add_shareable,
)
