"""Queries that find an entity by one of its keys, declared as data."""

from __future__ import annotations

import inspect
from typing import Any, Final, TypeVar

import strawberry
from strawberry.types import Info

from entrepot.shared.graphql.context import Context
from entrepot.shared.graphql.entities.entity import Sees, finder_of
from entrepot.shared.graphql.entities.relations import target_of
from entrepot.shared.graphql.entities.rows import read_row

T = TypeVar("T")

_ID: Final = "id"


def lookup(by: str = _ID, *, only: Sees | None = None, **options: Any) -> Any:
    """Declare a query that finds an entity by one of its unique fields.

    `product_by_slug: Product | None = lookup("slug")` declares `productBySlug(slug: String!): Product`. It is
    null where there is none, or none that the caller may know of: by the entity's own `sees` and, here, by `only`.
    `options` are those of `strawberry.federation.field`.
    """

    async def resolve(info: Info[Any, Any], **arguments: str) -> Any:
        return await find(info.context, target_of(info), only=only, **arguments)

    return _declare(resolve, by, options)


async def find(context: Context[Any], cls: type[T], *, only: Sees | None = None, **key: str) -> T | None:
    """Find an entity by one of its unique fields.

    `await find(context, Product, slug="mug")` is the product of that slug; None where there is none, or none that the
    caller may know of. Raises TypeError for a type that is no entity of this subgraph.
    """
    finder = finder_of(cls)
    if finder is None:
        raise TypeError(f"{cls.__qualname__} is not found by a key: declare it with `entity`.")
    ((name, value),) = key.items()
    row = (await finder.find(context, name, [value]))[value]
    if row is None or (only is not None and not only(context, row)):
        return None
    return read_row(cls, row)


def _declare(resolve: Any, by: str, options: dict[str, Any]) -> Any:
    """A field with one required argument, whose type is the annotation of the class's attribute."""
    kind: Any = strawberry.ID if by == _ID else str
    info = inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info)
    argument = inspect.Parameter(by, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=kind)
    resolve.__signature__ = inspect.Signature([info, argument])
    resolve.__annotations__ = {"info": Info, by: kind}
    field: Any = strawberry.federation.field
    return field(resolver=resolve, **options)
