"""Relay connections over pages."""

from __future__ import annotations

import strawberry

from entrepot.shared.graphql import PageInfo
from entrepot.shared.graphql.connections import build_connection
from entrepot.shared.pagination import build_page, read_page_request


@strawberry.type
class WordEdge:
    node: str
    cursor: str


@strawberry.type
class WordConnection:
    edges: list[WordEdge]
    page_info: PageInfo


def test_each_edge_has_its_cursor() -> None:
    page = build_page(read_page_request(first=2), ["a", "b", "c"], lambda row: (row,))
    connection = build_connection(WordConnection, WordEdge, page.map(str.upper))
    assert [edge.node for edge in connection.edges] == ["A", "B"]
    assert [edge.cursor for edge in connection.edges] == page.cursors
    info = connection.page_info
    assert (info.start_cursor, info.end_cursor) == (page.cursors[0], page.cursors[1])
    assert (info.has_next_page, info.has_previous_page) == (True, False)


def test_an_empty_page_has_no_cursors() -> None:
    page = build_page(read_page_request(first=2), [], lambda row: (row,))
    info = build_connection(WordConnection, WordEdge, page).page_info
    assert (info.start_cursor, info.end_cursor, info.has_next_page) == (None, None, False)
