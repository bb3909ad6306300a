"""Completing the values of a field: columns of raw values to columns of result values, by output type.

Each completion decides once per column, by the set of its values' types, whether all of them are what they should be;
only a column that holds something else is looked at value by value (GraphQL specification, section 6.4.3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from itertools import chain
from math import isfinite
from typing import Any, Final

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLString,
)
from graphql.pyutils import Undefined, inspect, is_iterable

from entrepot.shared.graphql.execution.kinds import AWAITABLE, FAILED, NULL, PLAIN, kind_of
from entrepot.shared.graphql.execution.markers import PENDING, Failure
from entrepot.shared.graphql.execution.plan import Column, Completion, FieldStep, Run, Selection
from entrepot.shared.graphql.execution.run import run_selection

_LISTS: Final = frozenset({list, tuple})
_MIN_INT: Final = -(2**31)
_MAX_INT: Final = 2**31 - 1


def refuse_nulls(run: Run, step: FieldStep, column: Column) -> Column:
    """The column of a non-null type: each null in it is a failure."""
    if type(None) not in set(map(type, column)):
        return column
    error = TypeError(f"Cannot return null for non-nullable field {step.parent.name}.{step.name}.")
    return [run.fail(error) if value is None else value for value in column]


class Leaf:
    """A scalar or an enum."""

    def __init__(self, type_: GraphQLLeafType, *, is_required: bool) -> None:
        self._type = type_
        self._is_required = is_required
        self._is_valid, shortcut = _find_shortcut(type_)
        self._fast = shortcut - {type(None)} if is_required else shortcut

    def complete(self, run: Run, step: FieldStep, values: Sequence[Any], types: set[type]) -> Column:
        if types <= self._fast and self._is_valid(values):
            return values if type(values) is list else list(values)
        return self._complete_each(run, step, values)

    def _complete_each(self, run: Run, step: FieldStep, values: Sequence[Any]) -> Column:
        column = [self._complete_one(run, value) for value in values]
        return refuse_nulls(run, step, column) if self._is_required else column

    def _complete_one(self, run: Run, value: Any) -> Any:
        kind = kind_of(type(value))
        if kind == NULL:
            return None
        if kind == FAILED:
            return run.fail_with(value)
        try:
            result = self._type.coerce_output_value(value)
        except Exception as error:  # noqa: BLE001 - a resolver's value that the type refuses is the field's error
            return run.fail(error)
        if result is None or result is Undefined:
            return run.fail(
                TypeError(
                    f"Expected `{inspect(self._type)}.coerce_output_value({inspect(value)})` to return non-nullable"
                    f" value, returned: {inspect(result)}"
                )
            )
        return result


class EnumLeaf(Leaf):
    """An enum whose values are the members of one Python enum: their names are looked up in a table."""

    def __init__(self, type_: GraphQLEnumType, members: type[Enum], *, is_required: bool) -> None:
        super().__init__(type_, is_required=is_required)
        self._only_members = {members}
        self._names = {member: type_.coerce_output_value(member) for member in members}

    def complete(self, run: Run, step: FieldStep, values: Sequence[Any], types: set[type]) -> Column:
        if types == self._only_members:
            names = self._names
            return [names[value] for value in values]
        return super().complete(run, step, values, types)


def _always(_values: Sequence[Any]) -> bool:
    return True


def _all_in_range(values: Sequence[Any]) -> bool:
    return not values or (min(values) >= _MIN_INT and max(values) <= _MAX_INT)


def _all_finite(values: Sequence[Any]) -> bool:
    return all(map(isfinite, values))


_SHORTCUTS: Final[Mapping[Any, tuple[Callable[[Sequence[Any]], bool], frozenset[type]]]] = {
    GraphQLString: (_always, frozenset({str, type(None)})),
    GraphQLID: (_always, frozenset({str, type(None)})),
    GraphQLBoolean: (_always, frozenset({bool, type(None)})),
    GraphQLInt: (_all_in_range, frozenset({int})),
    GraphQLFloat: (_all_finite, frozenset({float})),
}


def _find_shortcut(type_: GraphQLLeafType) -> tuple[Callable[[Sequence[Any]], bool], frozenset[type]]:
    """A test of a column and the types of values that need nothing else: they are their own result."""
    found = _SHORTCUTS.get(type_)
    if found is not None:
        return found
    if getattr(type_, "serialize", None) is str:
        return _always, frozenset({str, type(None)})
    return _always, frozenset()


class Objects:
    """An object type."""

    def __init__(
        self, type_: GraphQLObjectType, selection: Selection, origin: type | None, *, is_required: bool
    ) -> None:
        """`origin` is the class whose instances certainly are of the type, where there is one."""
        self._is_required = is_required
        self._type = type_
        self._selection = selection
        self._origin = origin

    def complete(self, run: Run, step: FieldStep, values: Sequence[Any], types: set[type]) -> Column:
        if len(types) == 1 and self._is_certain(next(iter(types))):
            return run_selection(self._selection, run, values)
        return self._complete_mixed(run, step, values)

    def _is_certain(self, type_: type) -> bool:
        if self._type.is_type_of is None:
            return kind_of(type_) == PLAIN
        return type_ is self._origin

    def _complete_mixed(self, run: Run, step: FieldStep, values: Sequence[Any]) -> Column:
        column: Column = [None] * len(values)
        positions: list[int] = []
        for position, value in enumerate(values):
            kind = kind_of(type(value))
            if kind == FAILED:
                column[position] = run.fail_with(value)
            elif kind != NULL:
                failure = self._refuse(run, step, value)
                if failure is None:
                    positions.append(position)
                else:
                    column[position] = failure
        if positions:
            outs = run_selection(self._selection, run, [values[position] for position in positions])
            for position, out in zip(positions, outs, strict=True):
                column[position] = out
        return refuse_nulls(run, step, column) if self._is_required else column

    def _refuse(self, run: Run, step: FieldStep, value: Any) -> Failure | None:
        """The failure of a value that is not of the type."""
        is_type_of = self._type.is_type_of
        if is_type_of is None or type(value) is self._origin:
            return None
        try:
            answer = is_type_of(value, run.info_of(step))
        except Exception as error:  # noqa: BLE001 - the predicate is the schema author's
            return run.fail(error)
        if answer:
            return None
        return run.fail(
            GraphQLError(f"Expected value of type '{self._type.name}' but got: {inspect(value)}.", list(step.nodes))
        )


class AbstractObjects:
    """An interface or a union: the values are grouped by their object type, each group runs its own selection."""

    def __init__(
        self,
        resolve_type: Callable[[Run, FieldStep, Any], GraphQLObjectType],
        select: Callable[[GraphQLObjectType], Objects],
        selection_of: Callable[[GraphQLObjectType], Selection],
        *,
        is_required: bool,
    ) -> None:
        self._is_required = is_required
        self._resolve_type = resolve_type
        self._select = select
        self._selection_of = selection_of

    def complete(self, run: Run, step: FieldStep, values: Sequence[Any], types: set[type]) -> Column:
        column: Column = [None] * len(values)
        groups: dict[str, tuple[GraphQLObjectType, list[int]]] = {}
        for position, value in enumerate(values):
            kind = kind_of(type(value))
            if kind == FAILED:
                column[position] = run.fail_with(value)
            elif kind != NULL:
                try:
                    type_ = self._resolve_type(run, step, value)
                except Exception as error:  # noqa: BLE001 - the type resolver is the schema author's
                    column[position] = run.fail(error)
                else:
                    groups.setdefault(type_.name, (type_, []))[1].append(position)
        for type_, positions in groups.values():
            completed = self._complete_group(run, step, type_, [values[position] for position in positions])
            run.note_abstract(self._selection_of(type_), completed)
            for position, out in zip(positions, completed, strict=True):
                column[position] = out
        return refuse_nulls(run, step, column) if self._is_required else column

    def _complete_group(self, run: Run, step: FieldStep, type_: GraphQLObjectType, values: Sequence[Any]) -> Column:
        return self._select(type_).complete(run, step, values, set(map(type, values)))


class Items:
    """A list: the items of all lists of the column are completed as one column."""

    def __init__(self, inner: Completion, *, is_required: bool) -> None:
        self._inner = inner
        self._is_required = is_required

    def complete(self, run: Run, step: FieldStep, values: Sequence[Any], types: set[type]) -> Column:
        if types <= _LISTS:
            return self._complete_lists(run, step, values)
        column: Column = [None] * len(values)
        positions: list[int] = []
        lists: list[Sequence[Any]] = []
        for position, value in enumerate(values):
            found = self._read(run, step, value)
            if found is None or isinstance(found, Failure):
                column[position] = found
            else:
                positions.append(position)
                lists.append(found)
        for position, completed in zip(positions, self._complete_lists(run, step, lists), strict=True):
            column[position] = completed
        return refuse_nulls(run, step, column) if self._is_required else column

    def _complete_lists(self, run: Run, step: FieldStep, lists: Sequence[Sequence[Any]]) -> Column:
        flat: Sequence[Any] = lists[0] if len(lists) == 1 else list(chain.from_iterable(lists))
        run.count(len(flat), step)
        awaited: dict[int, Any] = {}
        types = set(map(type, flat))
        if AWAITABLE in map(kind_of, types):
            awaited = {position: item for position, item in enumerate(flat) if kind_of(type(item)) == AWAITABLE}
            flat = [PENDING if position in awaited else item for position, item in enumerate(flat)]
            types = set(map(type, flat))
        completed = self._inner.complete(run, step, flat, types)
        if len(lists) == 1:
            column: Column = [completed if type(completed) is list and completed is not lists[0] else list(completed)]
        else:
            column = []
            begin = 0
            for items in lists:
                end = begin + len(items)
                column.append(completed[begin:end])
                begin = end
        if awaited:
            places = [(items, position) for items in column for position in range(len(items))]
            run.await_items(step, self._inner, [*awaited.values()], [places[position] for position in awaited])
        return column

    def _read(self, run: Run, step: FieldStep, value: Any) -> Any:
        """The items as a list; None for a null; a failure for what is not iterable."""
        kind = kind_of(type(value))
        if kind == NULL:
            return None
        if kind == FAILED:
            return run.fail_with(value)
        if type(value) in _LISTS:
            return value
        if not is_iterable(value):
            return run.fail(
                GraphQLError(f"Expected Iterable, but did not find one for field '{step.parent.name}.{step.name}'.")
            )
        try:
            return list(value)
        except Exception as error:  # noqa: BLE001 - a generator of the resolver's
            return run.fail(error)
