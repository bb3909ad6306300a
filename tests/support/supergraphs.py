"""What a supergraph says, as a set of statements that can be compared regardless of order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from graphql import parse, print_ast
from graphql.language import ast

_MACHINERY = re.compile(
    r"^(join__|link$|link__|inaccessible$|tag$|authenticated$|requiresScopes|policy|cost$|cost__|listSize$|context)"
)
_SELECTIONS = frozenset({"key", "requires", "provides", "selection"})


def read_statements(sdl: str) -> set[str]:
    """Types, fields, arguments, defaults, descriptions and applied directives.

    Left out are `@link` and the definitions of link, join and the standard features.
    """
    document = parse(sdl)
    schema = next(node for node in document.definitions if isinstance(node, ast.SchemaDefinitionNode))
    renamed = {name for each in schema.directives for name in re.findall(r'as: "@(\w+)"', print_ast(each))}
    own = {name for each in schema.directives if "specs.apollo.dev" in print_ast(each) for name in renamed}
    statements = {f"{node.operation.value} root {node.type.name.value}" for node in schema.operation_types}
    statements.update(f"schema {_application(each)}" for each in schema.directives if each.name.value != "link")
    for node in document.definitions:
        name = getattr(getattr(node, "name", None), "value", None)
        if name is None or _MACHINERY.match(name):
            continue
        if isinstance(node, ast.DirectiveDefinitionNode):
            if name not in own:
                locations = sorted(each.value for each in node.locations)
                statements.add(f"@{name} repeatable={node.repeatable} on {locations}")
                statements.update(_arguments(f"@{name}", node))
        else:
            statements.update(_type(name, node))
    return statements


def _type(name: str, node: Any) -> Iterator[str]:
    yield f"{node.kind} {name}"
    yield from _element(name, node)
    for interface in getattr(node, "interfaces", None) or ():
        yield f"{name} implements {interface.name.value}"
    for member in getattr(node, "types", None) or ():
        yield f"{name} has member {member.name.value}"
    for part in (*(getattr(node, "values", None) or ()), *(getattr(node, "fields", None) or ())):
        coordinate = f"{name}.{part.name.value}"
        yield f"{coordinate}: {_typed(part)}"
        yield from _element(coordinate, part)
        yield from _arguments(coordinate, part)


def _arguments(coordinate: str, node: Any) -> Iterator[str]:
    for argument in getattr(node, "arguments", None) or ():
        where = f"{coordinate}({argument.name.value}:)"
        yield f"{where} {_typed(argument)}"
        yield from _element(where, argument)


def _typed(node: Any) -> str:
    type_text = print_ast(node.type) if getattr(node, "type", None) else ""
    default = getattr(node, "default_value", None)
    return type_text + (f" = {print_ast(default)}" if default else "")


def _element(coordinate: str, node: Any) -> Iterator[str]:
    if node.description:
        yield f"{coordinate} is described {node.description.value!r}"
    for each in node.directives or ():
        yield f"{coordinate} {_application(each)}"


def _application(node: ast.DirectiveNode) -> str:
    written = {each.name.value: _value(each.name.value, each.value) for each in node.arguments or ()}
    if written.get("resolvable") == "true":
        del written["resolvable"]
    return f"@{node.name.value}({', '.join(f'{name}: {written[name]}' for name in sorted(written))})"


def _value(name: str, node: ast.ValueNode) -> str:
    if isinstance(node, ast.ListValueNode):
        return "[" + ", ".join(_value(name, item) for item in node.values) + "]"
    if isinstance(node, ast.ObjectValueNode):
        fields = sorted((each.name.value, _value(each.name.value, each.value)) for each in node.fields)
        return "{" + ", ".join(f"{key}: {value}" for key, value in fields) + "}"
    if isinstance(node, ast.StringValueNode) and name in _SELECTIONS:
        return re.sub(r"\s+", " ", node.value).strip()
    return print_ast(node)
