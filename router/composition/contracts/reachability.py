"""Types that no operation can come to are hidden: they would only tell of what the contract keeps back."""

from __future__ import annotations

from entrepot.router.composition.contracts.tagged_schema import TaggedSchema, has_fields, tags_of
from entrepot.router.composition.definitions import BUILT_IN_SCALARS, Kind, TypeDefinition
from entrepot.router.composition.merge.definitions import EXECUTABLE_LOCATIONS
from entrepot.router.composition.type_references import named_type


def hide_unreachable(tagged: TaggedSchema, include: frozenset[str]) -> None:
    """Hide the types that cannot be reached from a root, unless they bear an included tag themselves."""
    reachable = _ReachableTypes(tagged).types
    for definition in tagged.types():
        if definition.name not in reachable | BUILT_IN_SCALARS and not include & tags_of(definition):
            tagged.hide(definition)


class _ReachableTypes:
    """The names of the types that a visible part refers to, starting at the roots and at clients' directives."""

    def __init__(self, tagged: TaggedSchema) -> None:
        self.tagged = tagged
        self.types: set[str] = set()
        self._waiting: list[str] = list(tagged.schema.roots.values())
        for directive in tagged.schema.directives.values():
            is_ours = tagged.links.owns(directive.name, is_directive=True)
            if not is_ours and EXECUTABLE_LOCATIONS & set(directive.locations):
                self._waiting += [named_type(argument.type) for argument in directive.arguments.values()]
        while self._waiting:
            self._visit(self._waiting.pop())

    def _visit(self, name: str) -> None:
        definition = self.tagged.schema.types.get(name)
        if definition is None or name in self.types or definition.has("inaccessible"):
            return
        self.types.add(name)
        self._waiting += definition.members
        # A fragment can name any interface of an object, and any implementation of an interface.
        self._waiting += definition.interfaces
        if definition.kind is Kind.INTERFACE:
            self._waiting += [each.name for each in self._implementations(definition)]
        for field in definition.fields.values():
            if not field.has("inaccessible"):
                self._waiting.append(named_type(field.type))
                visible = (each for each in field.arguments.values() if not each.has("inaccessible"))
                self._waiting += [named_type(each.type) for each in visible]
        for value in definition.input_fields.values():
            if not value.has("inaccessible"):
                self._waiting.append(named_type(value.type))

    def _implementations(self, interface: TypeDefinition) -> list[TypeDefinition]:
        types = self.tagged.schema.types.values()
        return [each for each in types if has_fields(each) and interface.name in each.interfaces]
