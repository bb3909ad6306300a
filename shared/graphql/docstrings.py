"""Docstrings of classes, attributes and methods as text: Python itself keeps none for attributes and enum members."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache

_CLASS = ""


def read_class_docstring(cls: type) -> str | None:
    """What the class says about itself; not the signature that `dataclass` writes where a class says nothing."""
    return _docstrings_of(cls).get(_CLASS)


def read_member_docstring(cls: type, name: str) -> str | None:
    """What the class, or the nearest of its bases that says anything, says about its attribute or method."""
    for owner in cls.__mro__:
        text = _docstrings_of(owner).get(name)
        if text is not None:
            return text
    return None


def _docstrings_of(cls: type) -> Mapping[str, str]:
    return _read_module(cls.__module__).get(cls.__qualname__, {})


@cache
def _read_module(name: str) -> Mapping[str, Mapping[str, str]]:
    """For each class of the module the docstrings of its members; its own stands under the empty name."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[name]))
    except (KeyError, OSError, TypeError):  # a built-in module, or one that is installed without its source
        return {}
    return dict(_read_classes(tree, ""))


def _read_classes(node: ast.AST, prefix: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield prefix + child.name, dict(_read_members(child))
            yield from _read_classes(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _read_classes(child, f"{prefix}{child.name}.<locals>.")
        elif isinstance(child, ast.If | ast.With | ast.Try):
            yield from _read_classes(child, prefix)


def _read_members(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    own = ast.get_docstring(node)
    if own:
        yield _CLASS, _unwrap(own)
    for statement, following in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(statement)
            if text:
                yield statement.name, _unwrap(text)
            continue
        target = _target_of(statement)
        if target is not None and isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            value = following.value.value
            if isinstance(value, str):
                yield target, _unwrap(inspect.cleandoc(value))


def _target_of(statement: ast.stmt) -> str | None:
    """The one name that the statement annotates or assigns."""
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return None


def _unwrap(text: str) -> str:
    """The paragraphs, each on one line: where the source wraps is no matter of its readers."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
