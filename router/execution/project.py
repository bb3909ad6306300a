"""The projector: merged data to the client's selection, by functions generated once per plan.

The generated functions know only the good case. Where a null breaks a promise, or data has another form than the
schema says, they raise Violation, and `complete.py` does the work again with paths and errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from entrepot.router.execution.conditions import (
    NO_NULL_CONDITIONS,
    ConditionTest,
    NullConditions,
    build_disjunction_test,
)
from entrepot.router.execution.leaves import LeafInvalid, convert_leaf, is_built_in, write_doubt
from entrepot.router.execution.paths import JsonObject
from entrepot.router.plan import OutputField, OutputSelection, OutputType

Alternatives = tuple[tuple[Any, ...], ...]


class Violation(Exception):
    """The data does not keep what the schema promises."""


class _Gaps(dict[str, Any]):
    """An object that lacks keys: what was not fetched is null."""

    def __missing__(self, key: str) -> None:
        return None


class Projector:
    """A compiled output: call it with merged data and the request's variables."""

    def __init__(self, output: OutputSelection) -> None:
        writer = _Writer()
        entry = writer.write_selection(output)
        self.source = "\n".join(writer.lines)
        self._tests: tuple[ConditionTest, ...] = tuple(writer.tests)
        namespace: dict[str, Any] = {"Violation": Violation, "Gaps": _Gaps, "convert_leaf": convert_leaf}
        namespace |= writer.constants
        exec(compile(self.source, "<projector>", "exec"), namespace)  # noqa: S102 - only names quoted by repr go in
        self._project: Callable[[JsonObject, tuple[bool, ...]], JsonObject | None] = namespace[entry]

    def project(
        self, data: JsonObject, variables: Mapping[str, Any], nulls: NullConditions = NO_NULL_CONDITIONS
    ) -> JsonObject:
        """The client's data; raises Violation when nulls must propagate or an error must be reported."""
        if nulls:
            raise Violation
        flags = tuple(test(variables) for test in self._tests)
        try:
            projected = self._project(data, flags)
        except (KeyError, TypeError, AttributeError, LeafInvalid) as cause:
            raise Violation from cause
        if projected is None:
            raise Violation
        return projected


class _Writer:
    """Writes one function for each object type and each list; each takes a value and raises Violation for None."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self.tests: list[ConditionTest] = []
        self._flags: dict[Alternatives, int] = {}
        self._count = 0

    def write_selection(self, selection: OutputSelection) -> str:
        """The name of the function for objects at this position; it answers None for a type that is not shown."""
        functions = {name: self._write_object(name, fields) for name, fields in selection.by_type}
        if selection.typename_source is None:
            return next(iter(functions.values()))
        name = self._name("dispatch")
        choices = ", ".join(f"{typename!r}: {function}" for typename, function in functions.items())
        self.lines += [
            f"{name}_types = {{{choices}}}",
            f"def {name}(item, flags):",
            "    if item.__class__ is not dict: raise Violation",
            f"    typename = item.get({selection.typename_source!r})",
            "    if typename is None: raise Violation",
            f"    project = {name}_types.get(typename)",
            "    return None if project is None else project(item, flags)",
        ]
        return name

    def _write_object(self, typename: str, fields: tuple[OutputField, ...]) -> str:
        prepared: list[tuple[OutputField, list[str], str, int | None]] = []
        for number, field in enumerate(fields):
            statements, expression = self._write_field(typename, field, f"value{number}")
            prepared.append((field, statements, expression, self._find_flag(field)))
        name = self._name("object")
        self.lines += [
            f"def {name}(item, flags):",
            "    if item.__class__ is not dict and item.__class__ is not Gaps: raise Violation",
            "    try:",
        ]
        indent = " " * 8
        if all(flag is None for *_, flag in prepared):
            for _, statements, _, _ in prepared:
                self.lines += [indent + statement for statement in statements]
            entries = ", ".join(f"{field.key!r}: {expression}" for field, _, expression, _ in prepared)
            self.lines.append(f"{indent}return {{{entries}}}")
        else:
            self.lines.append(f"{indent}answer = {{}}")
            for field, statements, expression, flag in prepared:
                inner = indent
                if flag is not None:
                    self.lines.append(f"{indent}if flags[{flag}]:")
                    inner = indent + "    "
                self.lines += [inner + statement for statement in statements]
                self.lines.append(f"{inner}answer[{field.key!r}] = {expression}")
            self.lines.append(f"{indent}return answer")
        # Nothing below raises a KeyError, so that each object is read again at most once.
        self.lines.append(f"    except KeyError: return {name}(Gaps(item), flags)")
        return name

    def _write_field(self, typename: str, field: OutputField, value: str) -> tuple[list[str], str]:
        """The statements before, and the expression of, a field's value."""
        if field.name == "__typename":
            return [], repr(typename)
        statements = [f"{value} = item[{field.source!r}]"]
        is_non_null = field.type.shape[0]
        if field.type.list_depth == 0 and field.selection is None:
            return [*statements, *self._write_leaf(field.type, value, is_non_null=is_non_null)], value
        convert, may_be_none = self._write_level(field.type, 0, field.selection)
        if not is_non_null:
            return [*statements, f"if {value} is not None: {value} = {convert}({value}, flags)"], value
        statements.append(f"{value} = {convert}({value}, flags)")
        if may_be_none:
            statements.append(f"if {value} is None: raise Violation")
        return statements, value

    def _write_leaf(self, output_type: OutputType, value: str, *, is_non_null: bool) -> list[str]:
        """The statements that check a leaf value, and replace it where it is to be another."""
        nullable = "" if is_non_null else f" and {value} is not None"
        if output_type.enum_values is not None:
            return [f"if {value} not in {self._add_enum(output_type.enum_values)}{nullable}: raise Violation"]
        doubt = write_doubt(output_type.name, value)
        checks = [f"if {doubt}{nullable}: {value} = convert_leaf({output_type.name!r}, {value})"]
        if is_non_null and not is_built_in(output_type.name):
            checks.append(f"if {value} is None: raise Violation")
        return checks

    def _write_level(self, output_type: OutputType, level: int, selection: OutputSelection | None) -> tuple[str, bool]:
        """The function for a value below `level` wrappers of lists, or for an object.

        Beside it: whether the function may answer None for a value that is not.
        """
        if level == output_type.list_depth:
            assert selection is not None
            return self.write_selection(selection), selection.typename_source is not None
        is_non_null = output_type.shape[level + 1]
        if level + 1 == output_type.list_depth and selection is None:
            return self._write_leaves(output_type, is_non_null=is_non_null), False
        convert, may_be_none = self._write_level(output_type, level + 1, selection)
        name = self._begin_list()
        if is_non_null:
            self.lines.append(f"    items = [{convert}(item, flags) for item in items]")
        else:
            self.lines.append(f"    items = [None if item is None else {convert}(item, flags) for item in items]")
        if is_non_null and may_be_none:
            self.lines.append("    if None in items: raise Violation")
        self.lines.append("    return items")
        return name, False

    def _write_leaves(self, output_type: OutputType, *, is_non_null: bool) -> str:
        """The function for a list of leaf values, which is copied only where a value is to be another."""
        name = self._begin_list()
        nullable = "" if is_non_null else " and item is not None"
        if output_type.enum_values is not None:
            self.lines += [
                "    for item in items:",
                f"        if item not in {self._add_enum(output_type.enum_values)}{nullable}: raise Violation",
                "    return items",
            ]
            return name
        if is_non_null and not is_built_in(output_type.name):
            self.lines.append("    if None in items: raise Violation")
        kept = "None if item is None else " if not is_non_null else ""
        self.lines += [
            "    for item in items:",
            f"        if {write_doubt(output_type.name, 'item')}{nullable}:",
            f"            return [{kept}convert_leaf({output_type.name!r}, item) for item in items]",
            "    return items",
        ]
        return name

    def _begin_list(self) -> str:
        name = self._name("list")
        self.lines += [f"def {name}(items, flags):", "    if items.__class__ is not list: raise Violation"]
        return name

    def _add_enum(self, values: frozenset[str]) -> str:
        name = self._name("enum")
        self.constants[name] = values
        return name

    def _find_flag(self, field: OutputField) -> int | None:
        test = build_disjunction_test(field.conditions)
        if test is None:
            return None
        if field.conditions not in self._flags:
            self._flags[field.conditions] = len(self.tests)
            self.tests.append(test)
        return self._flags[field.conditions]

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}"
