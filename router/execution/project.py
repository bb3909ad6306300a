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
from entrepot.router.execution.paths import JsonObject
from entrepot.router.plan import OutputField, OutputSelection, OutputType

Alternatives = tuple[tuple[Any, ...], ...]


class Violation(Exception):
    """The data does not keep what the schema promises."""


class Projector:
    """A compiled output: call it with merged data and the request's variables."""

    def __init__(self, output: OutputSelection) -> None:
        writer = _Writer()
        entry = writer.write_selection(output)
        self.source = "\n".join(writer.lines)
        self._tests: tuple[ConditionTest, ...] = tuple(writer.tests)
        namespace: dict[str, Any] = {"Violation": Violation, **writer.constants}
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
        except (KeyError, TypeError, AttributeError) as cause:
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
            f"    project = {name}_types.get(item[{selection.typename_source!r}])",
            "    return None if project is None else project(item, flags)",
        ]
        return name

    def _write_object(self, typename: str, fields: tuple[OutputField, ...]) -> str:
        prepared: list[tuple[OutputField, list[str], str, int | None]] = []
        for number, field in enumerate(fields):
            statements, expression = self._write_field(typename, field, f"value{number}")
            prepared.append((field, statements, expression, self._find_flag(field)))
        name = self._name("object")
        self.lines += [f"def {name}(item, flags):", "    if item.__class__ is not dict: raise Violation"]
        self.lines.append("    get = item.get")
        if all(flag is None for *_, flag in prepared):
            for _, statements, _, _ in prepared:
                self.lines += [f"    {statement}" for statement in statements]
            entries = ", ".join(f"{field.key!r}: {expression}" for field, _, expression, _ in prepared)
            self.lines.append(f"    return {{{entries}}}")
            return name
        self.lines.append("    answer = {}")
        for field, statements, expression, flag in prepared:
            indent = "    "
            if flag is not None:
                self.lines.append(f"    if flags[{flag}]:")
                indent = "        "
            self.lines += [f"{indent}{statement}" for statement in statements]
            self.lines.append(f"{indent}answer[{field.key!r}] = {expression}")
        self.lines.append("    return answer")
        return name

    def _write_field(self, typename: str, field: OutputField, value: str) -> tuple[list[str], str]:
        """The statements before, and the expression of, a field's value."""
        if field.name == "__typename":
            return [], repr(typename)
        convert, may_be_none = self._write_level(field.type, 0, field.selection)
        source = repr(field.source)
        if not field.type.shape[0]:
            if convert is None:
                return [], f"get({source})"
            return [f"{value} = get({source})", f"if {value} is not None: {value} = {convert}({value}, flags)"], value
        statements = [f"{value} = item[{source}]"]
        if convert is not None:
            statements.append(f"{value} = {convert}({value}, flags)")
        if convert is None or may_be_none:
            statements.append(f"if {value} is None: raise Violation")
        return statements, value

    def _write_level(
        self, output_type: OutputType, level: int, selection: OutputSelection | None
    ) -> tuple[str | None, bool]:
        """The function for a value below `level` wrappers, None when the value stays as it is.

        Beside it: whether the function may answer None for a value that is not.
        """
        if level == output_type.list_depth:
            if selection is not None:
                return self.write_selection(selection), selection.typename_source is not None
            return (None if output_type.enum_values is None else self._write_enum(output_type.enum_values)), False
        convert, may_be_none = self._write_level(output_type, level + 1, selection)
        is_non_null = output_type.shape[level + 1]
        name = self._name("list")
        self.lines += [f"def {name}(items, flags):", "    if items.__class__ is not list: raise Violation"]
        if convert is not None and is_non_null:
            self.lines.append(f"    items = [{convert}(item, flags) for item in items]")
        elif convert is not None:
            self.lines.append(f"    items = [None if item is None else {convert}(item, flags) for item in items]")
        if is_non_null and (convert is None or may_be_none):
            self.lines.append("    if None in items: raise Violation")
        self.lines.append("    return items")
        return name, False

    def _write_enum(self, values: frozenset[str]) -> str:
        name = self._name("enum")
        self.constants[f"{name}_values"] = values
        self.lines += [
            f"def {name}(item, flags):",
            f"    if item in {name}_values: return item",
            "    raise Violation",
        ]
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
