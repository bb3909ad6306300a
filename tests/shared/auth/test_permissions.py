"""Scopes and roles: declared by each subgraph, merged, and written out in tokens."""

from __future__ import annotations

import pytest

from entrepot.shared.auth import KERNEL_PERMISSIONS, Permissions, merge_permissions
from entrepot.subgraphs.registry import SUBGRAPHS, load, load_permissions

FISH = Permissions({"fish:read": "See.", "fish:catch": "Catch."}, {"customer": ("fish:read",)})
BOATS = Permissions({"boats:read": "See."}, {"customer": ("boats:read",), "captain": ("boats:read",)})


def test_the_declarations_of_all_are_one() -> None:
    merged = merge_permissions([FISH, BOATS])
    assert list(merged.scopes) == ["boats:read", "fish:catch", "fish:read"]
    assert merged.expand(["customer"]) == {"fish:read", "boats:read"}
    assert merged.expand(["captain"]) == {"boats:read"}
    assert merged.expand(["nobody", "captain"]) == {"boats:read"}
    assert merged.expand([]) == frozenset()
    assert merged.expand(["admin"]) == merged.scopes.keys()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Permissions({"Fish:read": ""}), "'Fish:read' is not of the form"),
        (lambda: Permissions({"fish": ""}), "'fish' is not of the form"),
        (lambda: Permissions({"fish:read": ""}, {"captain": ("boats:read",)}), "captain has the scope 'boats:read'"),
        (lambda: merge_permissions([FISH, FISH]), "'fish:read' is declared twice"),
    ],
)
def test_a_wrong_declaration_is_refused(build: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()  # type: ignore[operator]


def test_the_shop_has_what_its_subgraphs_declare() -> None:
    merged = load_permissions()
    declared = [KERNEL_PERMISSIONS, *(load(name).permissions for name in SUBGRAPHS)]
    assert merged == merge_permissions(declared)
    assert merged.expand(["customer"]) == {"orders:create"}
    assert merged.expand(["auditor"]) == {"audit:read"}
    assert merged.expand(["merchandiser"]) == {"catalog:write", "inventory:read", "inventory:adjust"}
    assert merged.expand(["support"]) == {
        "users:read",
        "carts:read",
        "orders:read",
        "orders:cancel",
        "payments:read",
        "inventory:read",
    }


@pytest.mark.parametrize("name", SUBGRAPHS)
def test_scopes_of_customers_are_declared_where_they_are_required(name: str) -> None:
    """A subgraph tags fields for staff by its own declaration: a customer's scope of another would be missed."""
    own = load(name).permissions.expand(["customer"])
    foreign = load_permissions().expand(["customer"]) - own
    assert [scope for scope in foreign if f'"{scope}"' in load(name).schema.sdl] == []
