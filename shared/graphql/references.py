"""Rows to objects: what is not there stays None, and references are loaded by whichever key they carry."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from strawberry.utils.str_converters import to_camel_case

from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql.context import BatchLoader, Context
from entrepot.shared.graphql.schema import Representation

M = TypeVar("M")
T = TypeVar("T")


def to_graphql(row: M | None, convert: Callable[[M], T]) -> T | None:
    """The row as an object, None for none."""
    return None if row is None else convert(row)


def refer_each(
    representations: Sequence[Representation], build: Callable[[Representation], T]
) -> list[T | InvalidInput]:
    """The objects of references that need no look-up; one that `build` refuses is an error for that one alone."""
    return [_refer(representation, build) for representation in representations]


def _refer(representation: Representation, build: Callable[[Representation], T]) -> T | InvalidInput:
    try:
        return build(representation)
    except InvalidInput as error:
        return error


async def resolve_by_key(
    context: Context[Any],
    representations: Sequence[Representation],
    loaders: Mapping[str, type[BatchLoader[str, M | None]]],
    convert: Callable[[M], T],
) -> list[T | None]:
    """The objects of references that carry one of the keys; one without a key is an error for that one alone.

    `loaders` maps the Python name of a key to its loader; each loader runs once for all.
    """
    # All are asked before the first is awaited, which makes them one batch; the fault of one is that one's alone.
    pending = [_load(context, representation, loaders) for representation in representations]
    rows = await asyncio.gather(*pending, return_exceptions=True)
    return [_convert(row, convert) for row in rows]


def _load(
    context: Context[Any], given: Representation, loaders: Mapping[str, type[BatchLoader[str, M | None]]]
) -> Awaitable[M | None]:
    for name, loader in loaders.items():
        key = given.get(to_camel_case(name))
        if isinstance(key, str):
            return context.loader(loader).load(key)
    return _refuse(f"A representation of {given.get('__typename')} needs one of its keys: {_names(loaders)}.")


async def _refuse(message: str) -> Any:
    raise InvalidInput(message)


def _convert(row: M | BaseException | None, convert: Callable[[M], T]) -> T | None:
    if isinstance(row, Exception):
        return row  # type: ignore[return-value]  # graphql-core takes a returned exception as this item's error
    if isinstance(row, BaseException):
        raise row
    return to_graphql(row, convert)


def _names(loaders: Iterable[str]) -> str:
    return ", ".join(to_camel_case(name) for name in loaders)
