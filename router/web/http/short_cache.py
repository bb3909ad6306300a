"""A cache for what is parsed out of header values: it stores no long ones, since clients choose them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final, TypeVar

T = TypeVar("T")

MAX_CACHED_CHARACTERS: Final = 512
_MAX_ENTRIES: Final = 512


def cache_short(parse: Callable[[str | None], T]) -> Callable[[str | None], T]:
    """The same function, with the results for short values cached."""
    cached = lru_cache(maxsize=_MAX_ENTRIES)(parse)

    @wraps(parse)
    def find(value: str | None) -> T:
        if value is not None and len(value) > MAX_CACHED_CHARACTERS:
            return parse(value)
        return cached(value)

    find.cache_info = cached.cache_info  # type: ignore[attr-defined]
    return find
