"""What the type of a value says about it: an object, a null, a failure, an exception, something to await."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable
from types import CoroutineType
from typing import Any, Final

from graphql.pyutils import Undefined

from entrepot.shared.graphql.execution.markers import PENDING, Failure

PLAIN, NULL, FAILED, AWAITABLE = range(4)

_MAX_KNOWN: Final = 10_000
_known: Final[dict[type, int]] = {
    type(None): NULL,
    type(Undefined): NULL,
    Failure: FAILED,
    type(PENDING): FAILED,
    CoroutineType: AWAITABLE,
    str: PLAIN,
    int: PLAIN,
    bool: PLAIN,
    list: PLAIN,
    dict: PLAIN,
}


def kind_of(type_: type) -> int:
    """PLAIN, NULL, FAILED (a marker or an exception that was returned) or AWAITABLE."""
    kind = _known.get(type_)
    if kind is None:
        if issubclass(type_, Exception):
            kind = FAILED
        elif issubclass(type_, Awaitable | AsyncIterable):
            kind = AWAITABLE
        else:
            kind = PLAIN
        if len(_known) < _MAX_KNOWN:
            _known[type_] = kind
    return kind


def to_awaitable(value: Any) -> Awaitable[Any]:
    """The value as something to await: an asynchronous iterable is awaited as the list of its items."""
    return value if isinstance(value, Awaitable) else _collect(value)


async def _collect(items: AsyncIterable[Any]) -> list[Any]:
    return [item async for item in items]
