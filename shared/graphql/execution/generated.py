"""Generated loops: result objects made of columns, and a column of one attribute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

_MAX_GENERATED_KEYS: Final = 120


@lru_cache(maxsize=4096)
def generate_builder(keys: tuple[str, ...]) -> Callable[[Sequence[Iterable[Any]], int], list[dict[str, Any]]]:
    """A function of (columns, count) that zips the columns to `count` dictionaries with these keys.

    The loop is generated code: a display of a dictionary is several times as fast as `dict(zip(...))`.
    """
    if not keys:
        return lambda _columns, count: [{} for _ in range(count)]
    if len(keys) > _MAX_GENERATED_KEYS:
        return lambda columns, _count: [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=False)]
    names = [f"v{position}" for position in range(len(keys))]
    entries = ", ".join(f"{key!r}: {name}" for key, name in zip(keys, names, strict=True))
    loop = f"for {names[0]} in columns[0]" if len(keys) == 1 else f"for {', '.join(names)} in zip(*columns)"
    source = f"lambda columns, count: [{{{entries}}} {loop}]"
    build: Callable[[Sequence[Iterable[Any]], int], list[dict[str, Any]]] = eval(source, {"zip": zip})  # noqa: S307 the keys are GraphQL names
    return build


@lru_cache(maxsize=4096)
def generate_reader(attribute: str) -> Callable[[Sequence[Any]], list[Any]]:
    """A function that reads one attribute of each source; generated, so that CPython specializes the access."""
    if not attribute.isidentifier():
        return lambda sources: [getattr(source, attribute) for source in sources]
    read: Callable[[Sequence[Any]], list[Any]] = eval(f"lambda sources: [s.{attribute} for s in sources]", {})  # noqa: S307 an identifier
    return read
