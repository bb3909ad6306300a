"""The description of each configuration key: the string below its field in the section's class."""

from __future__ import annotations

import ast
import inspect
from functools import lru_cache
from textwrap import dedent
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@lru_cache(maxsize=256)
def describe_fields(section: type) -> Mapping[str, str]:
    """Key -> its description on one line; keys without one are left out. Reads the source of the class."""
    (definition,) = ast.parse(dedent(inspect.getsource(section))).body
    assert isinstance(definition, ast.ClassDef)
    found: dict[str, str] = {}
    for field, text in zip(definition.body, definition.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        ):
            found[field.target.id] = " ".join(text.value.value.split())
    return MappingProxyType(found)
