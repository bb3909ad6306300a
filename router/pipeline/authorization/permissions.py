"""The authorization of each field: its own, of its type, and of everything it requires."""

from __future__ import annotations

from entrepot.router.federation.auth import NO_AUTHORIZATION, Authorization
from entrepot.router.federation.joins import ContextArgument
from entrepot.router.selection import Field, InlineFragment, SelectionSet
from entrepot.router.supergraph import Supergraph, parse_field_set


class Permissions:
    """Looks up the authorization of fields by coordinate, each computed once."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._known: dict[tuple[str, str], Authorization] = {}
        self.is_open = not any(
            definition.authorization or any(item.authorization for item in definition.fields.values())
            for definition in supergraph.types.values()
        )

    def of_field(self, type_name: str, field_name: str) -> Authorization:
        """What must hold to select the field: its own, that of the type that has it and of the type it returns.

        A field that `@requires` others, or takes an argument from a context, also asks what those ask, else its value
        would tell theirs.
        """
        key = (type_name, field_name)
        if key not in self._known:
            definition = self._supergraph.types.get(type_name)
            if definition is None or field_name not in definition.fields:
                return NO_AUTHORIZATION
            own = self._supergraph.field_authorization(type_name, field_name).both(definition.authorization)
            # Known before its requirements are followed, so that fields which require each other end.
            self._known[key] = own
            for join in definition.fields[field_name].joins:
                if join.requires:
                    own = own.both(self._of_field_set(type_name, parse_field_set(join.requires)))
                for argument in join.context_arguments:
                    own = own.both(self._of_context(argument))
            self._known[key] = own
        return self._known[key]

    def _of_context(self, argument: ContextArgument) -> Authorization:
        """What the selection asks of every type that sets the context: which of them is above is not known here."""
        selections = parse_field_set(argument.selection)
        total = NO_AUTHORIZATION
        for name, definition in self._supergraph.types.items():
            if argument.context in definition.contexts:
                total = total.both(self._of_field_set(name, selections))
        return total

    def _of_field_set(self, type_name: str, selections: SelectionSet) -> Authorization:
        total = NO_AUTHORIZATION
        for selection in selections:
            if isinstance(selection, InlineFragment):
                total = total.both(self._of_field_set(selection.type_condition or type_name, selection.selections))
            else:
                for concrete in (type_name, *self._concrete_types(type_name)):
                    total = total.both(self._of_selected(concrete, selection))
        return total

    def _of_selected(self, type_name: str, selection: Field) -> Authorization:
        definition = self._supergraph.types[type_name].fields.get(selection.name)
        if definition is None:
            return NO_AUTHORIZATION
        own = self.of_field(type_name, selection.name)
        return own.both(self._of_field_set(definition.type.name, selection.selections))

    def _concrete_types(self, type_name: str) -> list[str]:
        definition = self._supergraph.types[type_name]
        return sorted(
            definition.members
            | {name for name, other in self._supergraph.types.items() if type_name in other.interfaces}
        )
