"""Completion: null propagation, and an error for every null without one.

Implements "Handling Execution Errors" and "Coercing Results" of the GraphQL specification (section 6.4) for data that
was fetched already. Runs only when the generated projector met what it could not take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from entrepot.router.execution.conditions import NO_NULL_CONDITIONS, NullConditions, build_disjunction_test
from entrepot.router.execution.leaves import LeafInvalid, convert_leaf
from entrepot.router.execution.paths import JsonObject, Location
from entrepot.router.plan import NOWHERE, OutputField, OutputSelection

MISSING: Any = object()


class _Null(Exception):
    """A non-null position has no value: a null on its way up."""


@dataclass(slots=True)
class Explained:
    """The errors that the response has already, so that their nulls need no further error.

    `places` are the paths of errors and of everything above them. `has_failures` says that some fetch did not bring
    all it should, so that data may be missing; `has_unplaced` that an error could not be given a path.
    """

    places: frozenset[Location] = frozenset()
    has_failures: bool = False
    has_unplaced: bool = False


@dataclass(slots=True)
class Completer:
    """One completion of merged data; `errors` fills while it runs."""

    variables: Mapping[str, Any]
    explained: Explained
    null_conditions: NullConditions = NO_NULL_CONDITIONS
    errors: list[dict[str, Any]] = field(default_factory=list)

    def complete(self, output: OutputSelection, data: JsonObject, path: Location = ()) -> JsonObject | None:
        """The client's data for the object at the path, None when a null went up to it."""
        try:
            return self._complete_object(output, data, path)
        except _Null:
            return None

    def refuses(self, output: OutputSelection) -> bool:
        """Whether the selection of the root cannot be read for these variables; then an error says why."""
        try:
            self._check_conditions(output.by_type[0][0], ())
        except _Null:
            return True
        return False

    def _complete_object(self, selection: OutputSelection, item: Any, path: Location) -> JsonObject | None:
        """The object, or None when the client may not see its type."""
        chosen = self._choose_type(selection, item)
        if chosen is None:
            if item.get(selection.typename_source) is None:
                # As an object behind an interface object that the owner of the interface does not find.
                self._report(MISSING, path, "No subgraph says the type of this object, so that it cannot be completed.")
                raise _Null
            return None
        typename, fields = chosen
        if self.null_conditions:
            self._check_conditions(typename, path)
        answer: JsonObject = {}
        for each in fields:
            test = build_disjunction_test(each.conditions)
            if test is not None and not test(self.variables):
                continue
            if each.name == "__typename":
                answer[each.key] = typename
            else:
                value = item.get(each.source, None if each.source == NOWHERE else MISSING)
                answer[each.key] = self._complete_value(typename, each, value, 0, (*path, each.key))
        return answer

    def _check_conditions(self, typename: str, path: Location) -> None:
        keys = tuple(step for step in path if isinstance(step, str))
        problem = self.null_conditions.describe(keys, typename)
        if problem is not None:
            self._refuse(path, problem, "BAD_USER_INPUT")

    def _choose_type(self, selection: OutputSelection, item: JsonObject) -> tuple[str, tuple[OutputField, ...]] | None:
        if selection.typename_source is None:
            return selection.by_type[0]
        typename = item.get(selection.typename_source)
        return next((entry for entry in selection.by_type if entry[0] == typename), None)

    def _complete_value(self, typename: str, each: OutputField, value: Any, level: int, path: Location) -> Any:
        """The value at `level` of the field's wrappers, null where it may be; raises _Null where it may not."""
        try:
            completed = None if value is None or value is MISSING else self._convert(typename, each, value, level, path)
        except _Null:
            if each.type.shape[level]:
                raise
            return None
        if completed is None and each.type.shape[level]:
            self._report(value, path, f"Cannot return null for non-nullable field {typename}.{each.name}.")
            raise _Null
        return completed

    def _convert(self, typename: str, each: OutputField, value: Any, level: int, path: Location) -> Any:
        if level < each.type.list_depth:
            if value.__class__ is not list:
                self._refuse(path, f"A subgraph returned no list for field {typename}.{each.name}.")
            return [
                self._complete_value(typename, each, item, level + 1, (*path, index))
                for index, item in enumerate(value)
            ]
        if each.selection is not None:
            if value.__class__ is not dict:
                self._refuse(path, f"A subgraph returned no object for field {typename}.{each.name}.")
            return self._complete_object(each.selection, value, path)
        allowed = each.type.enum_values
        if allowed is not None and (value.__class__ is not str or value not in allowed):
            self._refuse(path, f'A subgraph returned a value that enum "{each.type.name}" does not have.')
        if allowed is not None:
            return value
        try:
            return convert_leaf(each.type.name, value)
        except LeafInvalid as problem:
            self._refuse(path, f"A subgraph returned {problem} for field {typename}.{each.name}.")

    def _refuse(self, path: Location, message: str, code: str = "INVALID_SUBGRAPH_DATA") -> NoReturn:
        self._add(path, message, code)
        raise _Null

    def _report(self, value: Any, path: Location, message: str) -> None:
        explained = self.explained
        if value is MISSING and explained.has_failures:
            return
        if explained.has_unplaced or path in explained.places:
            return
        self._add(path, message)

    def _add(self, path: Location, message: str, code: str = "INVALID_SUBGRAPH_DATA") -> None:
        entry: dict[str, Any] = {"message": message, "extensions": {"code": code}}
        # An error of the operation as a whole has no path.
        self.errors.append({**entry, "path": list(path)} if path else entry)
