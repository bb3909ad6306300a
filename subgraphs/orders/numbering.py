"""Order numbers: what people say on the telephone; counted without gaps, given only to placed orders."""

from __future__ import annotations

from typing import Final

_FIRST: Final = 100_000


def format_number(count: int) -> str:
    """The number of the `count`-th order: EP-100001 for the first."""
    return f"EP-{_FIRST + count}"
