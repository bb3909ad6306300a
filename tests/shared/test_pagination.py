"""Keyset pages: walking a list yields it once and in order, and no cursor is trusted."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.shared.errors import InvalidInput
from entrepot.shared.pagination import MAX_PAGE_SIZE, Page, PageRequest, build_page, encode_cursor, read_page_request

Key = tuple[int, str]
KEYS = st.lists(
    st.tuples(st.integers(-(2**63), 2**63 - 1), st.text(st.characters(codec="utf-8", exclude_characters="\0"))),
    unique=True,
).map(sorted)


def find(rows: list[Key], request: PageRequest) -> Page[Key]:
    """What a database does."""
    if request.backward:
        found = [row for row in reversed(rows) if request.cursor is None or row < request.cursor]
    else:
        found = [row for row in rows if request.cursor is None or row > request.cursor]
    return build_page(request, found[: request.limit], lambda row: row)


class TestWalking:
    @given(KEYS, st.integers(1, 7))
    def test_forward_yields_all_once_and_in_order(self, rows: list[Key], size: int) -> None:
        seen: list[Key] = []
        after = None
        while True:
            page = find(rows, read_page_request(first=size, after=after))
            assert page.has_previous is (after is not None)
            seen += page.items
            if not page.has_next:
                break
            assert len(page.items) == size
            after = page.cursors[-1]
        assert seen == rows

    @given(KEYS, st.integers(1, 7))
    def test_backward_yields_all_once_and_in_order(self, rows: list[Key], size: int) -> None:
        seen: list[Key] = []
        before = None
        while True:
            page = find(rows, read_page_request(last=size, before=before))
            assert page.has_next is (before is not None)
            seen[:0] = page.items
            if not page.has_previous:
                break
            before = page.cursors[0]
        assert seen == rows


class TestPage:
    def test_asks_for_one_more_than_it_shows(self) -> None:
        request = read_page_request(first=2)
        page = build_page(request, ["a", "b", "c"], lambda row: (row,))
        assert request.limit == 3
        assert (page.items, page.has_next) == (["a", "b"], True)

    def test_map_keeps_the_cursors(self) -> None:
        page = build_page(read_page_request(first=2), ["a"], lambda row: (row,))
        mapped = page.map(str.upper)
        assert (mapped.items, mapped.cursors, mapped.has_next) == (["A"], page.cursors, False)


class TestReadPageRequest:
    def test_has_a_default_size(self) -> None:
        assert read_page_request() == PageRequest(20, None)

    @pytest.mark.parametrize(
        "arguments",
        [
            {"first": 0},
            {"first": -1},
            {"first": MAX_PAGE_SIZE + 1},
            {"last": 0},
            {"first": 1, "last": 1},
            {"first": 1, "before": encode_cursor((1,))},
            {"after": encode_cursor((1,)), "last": 1},
            {"after": encode_cursor((1,)), "before": encode_cursor((2,))},
        ],
    )
    def test_refuses_what_makes_no_sense(self, arguments: dict[str, Any]) -> None:
        with pytest.raises(InvalidInput):
            read_page_request(**arguments)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "x",
            "%%%",
            "é",
            "\ud800",
            "bnVsbA",
            base64.b64encode(b"[]").decode(),
            base64.b64encode(b"[null]").decode(),
            base64.b64encode(b"[true]").decode(),
            base64.b64encode(b"[1.5]").decode(),
            base64.b64encode(b"[[1]]").decode(),
            base64.b64encode(b'{"a":1}').decode(),
            base64.b64encode(b"[9223372036854775808]").decode(),
            base64.b64encode(b"[-9223372036854775809]").decode(),
            base64.b64encode(b'["a\\u0000b"]').decode(),
            base64.b64encode(b'["\\ud800"]').decode(),
            base64.b64encode(b'["\xff"]').decode(),
            base64.b64encode(b"[" * 20_000).decode(),
            base64.b64encode(b'["' + b"x" * 20_000 + b'"]').decode(),
        ],
    )
    @pytest.mark.parametrize("argument", ["after", "before"])
    def test_refuses_hostile_cursors(self, argument: str, text: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            read_page_request(**{argument: text})
        assert caught.value.path == (argument,)

    @given(st.text())
    def test_reads_or_refuses_any_text(self, text: str) -> None:
        try:
            request = read_page_request(after=text)
        except InvalidInput:
            return
        assert request.cursor
