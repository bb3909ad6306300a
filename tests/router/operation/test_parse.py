"""Documents read, and what is wrong with those that are not."""

from __future__ import annotations

import pytest

from entrepot.router.errors import DocumentTooLarge, SyntaxInvalid
from entrepot.router.operation import parse_document


@pytest.mark.parametrize(
    "text", ["{ }", "{ me { } }", "{ ... on Person { } }", "fragment A on Person { }", "query A { }"]
)
def test_a_selection_set_holds_something(text: str) -> None:
    """GraphQL section 2.4: SelectionSet is one Selection or more."""
    with pytest.raises(SyntaxInvalid, match="Expected Name, found '}'"):
        parse_document(text)


def test_what_is_too_large_is_told_from_what_is_wrong() -> None:
    assert parse_document("{ a b }", max_tokens=4)
    with pytest.raises(DocumentTooLarge):
        parse_document("{ a b c }", max_tokens=4)
    with pytest.raises(SyntaxInvalid) as caught:
        parse_document("{ a ! }", max_tokens=4)
    assert type(caught.value) is SyntaxInvalid
    assert caught.value.extensions["locations"] == [{"line": 1, "column": 5}]


def test_what_nests_too_deeply_is_too_large() -> None:
    with pytest.raises(DocumentTooLarge):
        parse_document("{ a " * 5_000 + "}" * 5_000)
