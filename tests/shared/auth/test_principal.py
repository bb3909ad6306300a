"""Principals: what a caller may, and how claims become one."""

from __future__ import annotations

import pytest

from entrepot.shared.auth import ANONYMOUS, Principal, read_principal
from entrepot.shared.errors import Unauthenticated


def test_anonymous_is_a_principal_without_rights() -> None:
    assert not ANONYMOUS.is_authenticated
    assert not ANONYMOUS.has_scopes([["orders:read"]])
    with pytest.raises(Unauthenticated):
        ANONYMOUS.require_user()
    assert Principal(user_id="usr_1").require_user() == "usr_1"


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        ([["a:x"]], True),
        ([["a:x", "b:x"]], True),
        ([["a:x", "c:x"]], False),
        ([["c:x"], ["b:x"]], True),
        ([["c:x"], ["d:x"]], False),
        ([[]], True),
        ([], False),
        ([["a:*"]], False),
        ([["*:*"]], False),
    ],
)
def test_scopes_are_alternatives_of_sets(requirement: list[list[str]], *, expected: bool) -> None:
    assert Principal(user_id="usr_1", scopes=frozenset({"a:x", "b:x"})).has_scopes(requirement) is expected


def test_scope_may_be_text_or_a_list() -> None:
    for scope in ("a:x  b:x", ["a:x", "b:x"]):
        assert read_principal({"sub": "usr_1", "scope": scope}).scopes == {"a:x", "b:x"}


def test_claims_of_nobody_are_anonymous() -> None:
    assert read_principal({}) == ANONYMOUS
    assert read_principal(ANONYMOUS.to_claims()) == ANONYMOUS
