"""Relay connections over keyset pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from entrepot.shared.graphql.types import PageInfo
from entrepot.shared.pagination import Page

C = TypeVar("C")
M = TypeVar("M")


def build_connection(connection: type[C], edge: type[Any], page: Page[M], node: Callable[[M], Any]) -> C:
    """The page as a connection type with `edges` (each with `node` and `cursor`) and `page_info`."""
    edges = [edge(node=node(item), cursor=cursor) for item, cursor in zip(page.items, page.cursors, strict=True)]
    info = PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=page.cursors[0] if page.cursors else None,
        end_cursor=page.cursors[-1] if page.cursors else None,
    )
    build: Any = connection
    return cast("C", build(edges=edges, page_info=info))
