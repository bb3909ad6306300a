"""Roles are sets of scopes, as data."""

from __future__ import annotations

import re

import pytest

from entrepot.shared.auth import ROLES, SCOPES, expand_roles


def test_scopes_and_roles_are_well_formed() -> None:
    assert all(re.fullmatch(r"[a-z]+:[a-z_]+", scope) for scope in SCOPES)
    assert list(SCOPES) == sorted(SCOPES)
    for role in ROLES:
        assert expand_roles([role]), role


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_token_carries_no_wildcard(role: str) -> None:
    assert expand_roles([role]) <= SCOPES.keys()


def test_every_pattern_of_a_role_stands_for_something() -> None:
    for patterns in ROLES.values():
        for pattern in patterns:
            domain, _, action = pattern.partition(":")
            matching = [
                scope
                for scope in SCOPES
                if domain in ("*", scope.split(":")[0]) and action in ("*", scope.split(":")[1])
            ]
            assert matching, pattern


def test_wildcards() -> None:
    assert expand_roles(["admin"]) == SCOPES.keys()
    assert {scope for scope in expand_roles(["merchandiser"]) if scope.startswith("inventory:")} == {
        scope for scope in SCOPES if scope.startswith("inventory:")
    }


def test_roles_add_up_and_unknown_ones_add_nothing() -> None:
    assert expand_roles([]) == expand_roles(["root", "", "*"]) == frozenset()
    assert expand_roles(["customer", "support", "root"]) == expand_roles(["customer"]) | expand_roles(["support"])
