"""Relay connections over keyset pages: one generic type, and the four paging arguments as one parameter."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, Final, Generic, TypeVar, cast

import strawberry

from entrepot.shared.db import Listing
from entrepot.shared.graphql.arguments import After, Before, First, Last
from entrepot.shared.graphql.context import Context
from entrepot.shared.graphql.costs import CONNECTION
from entrepot.shared.graphql.entities import read_row
from entrepot.shared.graphql.types import PageInfo
from entrepot.shared.pagination import Page, PageRequest, read_page_request

T = TypeVar("T")
C = TypeVar("C")

MAX_COUNTED: Final = 10_000
_PAGE: Final = "page"
_PAGING: Final[dict[str, Any]] = {"first": First, "after": After, "last": Last, "before": Before}


@dataclass(frozen=True, slots=True)
class Counting:
    """A list whose rows can be counted, in the read session of the operation."""

    listing: Listing
    context: Context[Any]

    async def count(self) -> int | None:
        async with self.context.reading.open() as opened:
            return await self.listing.count(opened, MAX_COUNTED)


@strawberry.type
class Edge(Generic[T]):
    node: T
    cursor: str


@strawberry.type
class Connection(Generic[T]):
    """A page of a list."""

    edges: list[Edge[T]]
    page_info: PageInfo
    counting: strawberry.Private[Counting]

    @strawberry.field
    async def total_count(self) -> int | None:
        """The number of items of the whole list; null when there are more than 10,000. Costs a query of its own."""
        return await self.counting.count()


def connection(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Declare a list that is read by pages: `async def products(self, info: Info, page: PageRequest) -> Connection[T]`.

    The parameter `page` stands for the arguments `first`, `after`, `last` and `before` in the graph, behind all others;
    the cost is estimated by them. `options` are those of `strawberry.federation.field`. Raises TypeError for a function
    without that parameter.
    """
    if function is None:
        return partial(connection, **options)
    signature = inspect.signature(function)
    if _PAGE not in signature.parameters:
        raise TypeError(f"The connection {function.__qualname__} needs a parameter {_PAGE}.")
    declared: Any = function

    @wraps(function)
    async def resolve(*positional: Any, **arguments: Any) -> Any:
        page = read_page_request(**{name: arguments.pop(name, None) for name in _PAGING})
        return await declared(*positional, page=page, **arguments)

    own = [parameter for name, parameter in signature.parameters.items() if name != _PAGE]
    paging = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=annotation)
        for name, annotation in _PAGING.items()
    ]
    resolve.__signature__ = signature.replace(parameters=[*own, *paging])  # type: ignore[attr-defined]
    annotations = {name: text for name, text in function.__annotations__.items() if name != _PAGE}
    resolve.__annotations__ = annotations | _PAGING
    field: Any = strawberry.federation.field
    return field(resolver=resolve, directives=[*CONNECTION, *options.pop("directives", ())], **options)


async def connect(
    context: Context[Any],
    node: type[T],
    listing: Listing,
    page: PageRequest,
    convert: Callable[[Any], T] | None = None,
) -> Connection[T]:
    """One page of the list, each row as an object of `node`: by `convert`, or by `read_row`.

    Raises InvalidInput for the cursor of another list.
    """
    async with context.reading.open() as opened:
        found = await listing.read_page(opened, page)
    rows = found.map(convert or partial(read_row, node))
    return build_connection(Connection, Edge, rows, counting=Counting(listing, context))


def build_connection(connection: type[C], edge: type[Any], page: Page[Any], **values: Any) -> C:
    """The page of nodes as a connection type with `edges` (each with `node` and `cursor`) and `page_info`."""
    edges = [edge(node=node, cursor=cursor) for node, cursor in zip(page.items, page.cursors, strict=True)]
    info = PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=page.cursors[0] if page.cursors else None,
        end_cursor=page.cursors[-1] if page.cursors else None,
    )
    build: Any = connection
    return cast("C", build(edges=edges, page_info=info, **values))
