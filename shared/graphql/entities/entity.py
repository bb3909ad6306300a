"""Entities: types with keys, found by them from rows, and those of other subgraphs that this one refers to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet
from strawberry.utils.str_converters import to_camel_case

from entrepot.shared.db import first_of
from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql.context import Context, Fetch
from entrepot.shared.graphql.entities.rows import read_row, row_type
from entrepot.shared.graphql.representations import Representation, read_key, refer_each

T = TypeVar("T")

Sees = Callable[[Any, Any], bool]
"""Whether the caller may know of a row: takes the context and the row."""


@dataclass(frozen=True, slots=True)
class Finder:
    """How an entity's rows are found: by each unique field; its keys; and which rows the caller may know of."""

    found_by: Mapping[str, Fetch[Any]]
    keys: Sequence[str]
    sees: Sees | None = None

    async def find(self, context: Context[Any], key: str, values: Iterable[str | None]) -> dict[str | None, Any]:
        """The row by each value of the key; None for one that does not exist or is not for the caller."""
        wanted = list(values)
        found = await context.fetch(self.found_by[key], wanted)
        rows = {value: first_of(found[value]) for value in wanted}
        return {value: row if self.is_visible(context, row) else None for value, row in rows.items()}

    def is_visible(self, context: Context[Any], row: Any) -> bool:
        """Whether there is a row, and the caller may know of it."""
        return row is not None and (self.sees is None or self.sees(context, row))


class FoundByKey:
    """What `entity` adds to a type."""

    __entrepot_finder__: ClassVar[Finder]


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field, strawberry.federation.field))
def entity(
    found_by: Mapping[str, Fetch[Any]],
    *,
    keys: Sequence[str] | None = None,
    sees: Sees | None = None,
    **options: Any,
) -> Callable[[type[T]], type[T]]:
    """Declare an entity that is made from rows (see `row_type`).

    `found_by` maps each unique field, by its Python name, to what reads the rows by it, such as a `RowsByKey`. Each is
    an `@key`, if `keys` does not name fewer. A row that the caller may not know of (`sees`) is as one that does not
    exist, in references, lookups and relations. `options` are those of `strawberry.federation.type`.
    """

    def declare(cls: type[T]) -> type[T]:
        finder = Finder(found_by, tuple(found_by if keys is None else keys), sees)
        cls.__entrepot_finder__ = finder  # type: ignore[attr-defined]

        async def resolve_references(
            owner: type[T], context: Context[Any], representations: Sequence[Representation]
        ) -> list[T | Exception | None]:
            return await _resolve(owner, finder, context, representations)

        cls.resolve_references = classmethod(resolve_references)  # type: ignore[attr-defined]
        return cast("type[T]", row_type(cls, keys=[to_camel_case(key) for key in finder.keys], **options))

    return declare


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field, strawberry.federation.field))
def extension(cls: type[T] | None = None, *, key: str = "id", **options: Any) -> Any:
    """Declare an entity of another subgraph, to which this one adds fields: a reference is its object.

    `options` are those of `strawberry.federation.type`.
    """
    if cls is None:
        return partial(extension, key=key, **options)

    async def resolve_references(
        owner: type[T], _context: Context[Any], representations: Sequence[Representation]
    ) -> list[T | InvalidInput]:
        return refer_each(representations, lambda given: owner(**{key: read_key(given, key)}))

    cls.resolve_references = classmethod(resolve_references)  # type: ignore[attr-defined]
    declare: Any = strawberry.federation.type
    return declare(cls, keys=[to_camel_case(key)], **options)


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field, strawberry.federation.field))
def foreign(cls: type[T] | None = None, *, key: str = "id", **options: Any) -> Any:
    """Declare an entity of another subgraph that this one only points at.

    `options` are those of `strawberry.federation.type`.
    """
    if cls is None:
        return partial(foreign, key=key, **options)
    declare: Any = strawberry.federation.type
    return declare(cls, keys=[Key(fields=FieldSet(to_camel_case(key)), resolvable=False)], **options)


def finder_of(cls: type) -> Finder | None:
    """How the rows of a type are found; None where it is no entity of this subgraph."""
    return getattr(cls, "__entrepot_finder__", None)


async def _resolve(
    cls: type[T], finder: Finder, context: Context[Any], representations: Sequence[Representation]
) -> list[T | Exception | None]:
    """The objects of references that carry one of the keys; a fault of one key is that of its references alone."""
    wanted = refer_each(representations, lambda given: _choose_key(finder, given))
    found: dict[str, Mapping[str | None, Any] | Exception] = {}
    for key in finder.keys:
        values = [choice[1] for choice in wanted if isinstance(choice, tuple) and choice[0] == key]
        if values:
            found[key] = await _find(finder, context, key, values)
    return [_convert(cls, choice, found) for choice in wanted]


async def _find(
    finder: Finder, context: Context[Any], key: str, values: Sequence[str]
) -> Mapping[str | None, Any] | Exception:
    try:
        return await finder.find(context, key, values)
    except Exception as error:  # noqa: BLE001 - the error of the references with this key, masked like any other
        return error


def _convert(cls: type[T], choice: tuple[str, str] | Exception, found: Mapping[str, Any]) -> T | Exception | None:
    if isinstance(choice, Exception):
        return choice
    key, value = choice
    rows = found[key]
    if isinstance(rows, Exception):
        return rows
    return None if rows[value] is None else read_row(cls, rows[value])


def _choose_key(finder: Finder, given: Representation) -> tuple[str, str]:
    """The first key that the reference carries, and its value; raises InvalidInput where it carries none."""
    for key in finder.keys:
        value = given.get(to_camel_case(key))
        if isinstance(value, str):
            return key, value
    names = ", ".join(map(to_camel_case, finder.keys))
    raise InvalidInput(f"A representation of {given.get('__typename')} needs one of its keys: {names}.")
