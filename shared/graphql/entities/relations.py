"""Fields that lead from rows to others by a column, declared as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from strawberry.types import Info
from strawberry.types.base import StrawberryContainer
from strawberry.types.field import StrawberryField

from entrepot.shared.db import RowsByKey, first_of
from entrepot.shared.graphql.context import Fetch
from entrepot.shared.graphql.costs import expected as list_size
from entrepot.shared.graphql.entities.entity import finder_of
from entrepot.shared.graphql.entities.rows import read_row
from entrepot.shared.graphql.execution import batch_field

Convert = Callable[[Any], Any]


def one(rows: Fetch[Any], by: str, *, convert: Convert | None = None, **options: Any) -> Any:
    """Declare a field that shows the row which another one points at.

    `category: Category | None = one(CATEGORIES_BY_ID, by="category_id")` reads for each object the row whose key is the
    object's attribute `category_id`, for all objects at once, and makes a `Category` of it: by `convert`, or by
    `read_row`. It is null where there is no row, or none that the caller may know of. What `rows` answers for a key is
    the row itself, if it is no `RowsByKey`. `options` are those of `strawberry.federation.field`.
    """
    is_by_key = isinstance(rows, RowsByKey)

    async def read(sources: list[Any], info: Info[Any, Any]) -> list[Any]:
        target = target_of(info)
        make = convert or (lambda row: read_row(target, row))
        finder = None if convert is not None else finder_of(target)
        keys = [getattr(source, by) for source in sources]
        found = await info.context.fetch(rows, keys)
        made: dict[Any, Any] = {None: None}
        for key in keys:
            if key not in made:
                row = first_of(found[key]) if is_by_key else found[key]
                is_visible = row is not None and (finder is None or finder.is_visible(info.context, row))
                made[key] = make(row) if is_visible else None
        return [made[key] for key in keys]

    return _declare(read, options)


def many(rows: Fetch[Any], by: str, *, expected: int, convert: Convert | None = None, **options: Any) -> Any:
    """Declare a field that shows all rows which point at an object, in their order.

    `variants: list[ProductVariant] = many(VARIANTS_BY_PRODUCT_ID, by="id", expected=10)`; see `one`. `expected` is
    about how many there are, by which the router estimates the cost: at least a tenth of what is possible.
    """

    async def read(sources: list[Any], info: Info[Any, Any]) -> list[Any]:
        target = target_of(info)
        make = convert or (lambda row: read_row(target, row))
        keys = [getattr(source, by) for source in sources]
        found = await info.context.fetch(rows, keys)
        finder = None if convert is not None else finder_of(target)
        context = info.context
        return [
            [make(row) for row in found[key] or () if finder is None or finder.is_visible(context, row)] for key in keys
        ]

    return _declare(read, {**options, "directives": [list_size(expected), *options.get("directives", ())]})


def refers(build: Callable[[Any], Any], **options: Any) -> Any:
    """Declare a field that is made of its object alone, such as a reference to an entity of another subgraph.

    `variant: ProductVariant = refers(lambda row: ProductVariant(id=row.variant_id))`. `options` are those of
    `strawberry.federation.field`.
    """

    def read(sources: list[Any]) -> list[Any]:
        return [build(source) for source in sources]

    return _declare(read, options)


def target_of(info: Info[Any, Any]) -> Any:
    """The class of the objects that a field shows, inside of its lists and optional types."""
    field: StrawberryField = info._field  # noqa: SLF001 - Strawberry offers no other way to the declaration
    type_: Any = field.type
    while isinstance(type_, StrawberryContainer):
        type_ = type_.of_type
    return type_


def _declare(read: Callable[..., Any], options: dict[str, Any]) -> Any:
    """A batch field whose type is the annotation of the class's attribute."""
    return batch_field(read, is_annotated=True, **options)
