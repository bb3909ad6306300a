"""The names of metrics in an expression of PromQL."""

from __future__ import annotations

import re
from typing import Final

_STRING: Final = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_SELECTOR: Final = re.compile(r"\{[^}]*\}")
_RANGE: Final = re.compile(r"\[[^\]]*\]")
_GROUPING: Final = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_NAME: Final = re.compile(r"(?<![\w.:])([a-zA-Z_:][\w:]*)(?!\s*\(|[\w:])")
_WORDS: Final = frozenset({"and", "or", "unless", "by", "without", "on", "ignoring", "offset", "bool", "inf", "nan"})


def list_metrics(expression: str) -> set[str]:
    """Every metric that the expression asks for; functions, labels and keywords are none."""
    for pattern in (_STRING, _SELECTOR, _RANGE, _GROUPING):
        expression = pattern.sub(" ", expression)
    return {name for name in _NAME.findall(expression) if name.lower() not in _WORDS}
