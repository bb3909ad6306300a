"""The tag `staff` follows from the declared scopes, and the SDL that carries it composes."""

from __future__ import annotations

import re

import pytest
import strawberry

from entrepot.router.composition import SubgraphSchema as Composed
from entrepot.router.composition import build_contract, compose
from entrepot.router.supergraph import read_supergraph
from entrepot.shared.auth import Permissions
from entrepot.shared.graphql import SubgraphSchema
from entrepot.shared.graphql.permissions import Requirement
from entrepot.shared.graphql.tags import is_for_staff
from entrepot.subgraphs.registry import SUBGRAPHS, load

PERMISSIONS = Permissions({"orders:create": "Place orders."}, {"customer": ("orders:create",)})
CREATE, READ = frozenset({"orders:create"}), frozenset({"orders:read"})


@strawberry.federation.type(requires_scopes=[["inventory:read"]])
class Shelf:
    code: str = ""


@strawberry.type
class Item:
    name: str = ""
    shelf: Shelf | None = None
    cost: int = strawberry.federation.field(default=0, requires_scopes=[["catalog:write"]])


@strawberry.type
class Query:
    item: Item | None = None
    shelves: list[Shelf] = strawberry.field(default_factory=list)
    order: str = strawberry.federation.field(default="", requires_scopes=[["orders:create"]])
    either: str = strawberry.federation.field(default="", requires_scopes=[["orders:read"], ["orders:create"]])
    mine: str = strawberry.federation.field(default="", authenticated=True)
    both: str = strawberry.federation.field(default="", requires_scopes=[["orders:create", "orders:read"]])


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        ((), False),
        (((CREATE,),), False),
        (((READ,),), True),
        (((READ, CREATE),), False),
        (((CREATE | READ,),), True),
        (((CREATE,), (READ,)), True),
    ],
)
def test_what_no_customer_meets_is_for_staff(scopes: tuple[tuple[frozenset[str], ...], ...], *, expected: bool) -> None:
    assert is_for_staff(Requirement(scopes=scopes), CREATE) is expected


def test_fields_and_types_are_tagged_and_the_link_imports_it() -> None:
    sdl = SubgraphSchema(query=Query, permissions=PERMISSIONS).sdl
    tagged = set(re.findall(r'^ *(?:type )?(\w+)\b[^\n]*@tag\(name: "staff"\)', sdl, re.MULTILINE))
    assert tagged == {"Shelf", "shelf", "cost", "shelves", "both"}
    assert re.search(r'@link\([^)]*"@tag"', sdl)
    # A schema that is built again from the same types has each tag once.
    assert SubgraphSchema(query=Query, permissions=PERMISSIONS).sdl == sdl


def test_the_contract_without_it_is_what_a_customer_can_use() -> None:
    composed = compose([Composed("shop", "http://shop", SubgraphSchema(query=Query, permissions=PERMISSIONS).sdl)])
    assert composed.supergraph_sdl is not None, composed.errors
    contract = build_contract(composed.supergraph_sdl, exclude=frozenset({"staff"}))
    assert contract.supergraph_sdl is not None, contract.errors
    visible = read_supergraph(contract.supergraph_sdl).api_schema
    assert visible.query_type is not None
    assert set(visible.query_type.fields) == {"item", "order", "either", "mine"}
    assert set(visible.type_map["Item"].fields) == {"name"}  # type: ignore[attr-defined]
    assert "Shelf" not in visible.type_map


def test_a_schema_without_scopes_imports_no_tag() -> None:
    @strawberry.type
    class Query:
        name: str = ""

    assert "@tag" not in SubgraphSchema(query=Query, permissions=PERMISSIONS).sdl


@pytest.mark.parametrize("name", SUBGRAPHS)
def test_fields_of_events_and_audit_logs_carry_operations(name: str) -> None:
    fields = r"^  (\w+)(?:\((?:[^()]|\([^()]*\))*?\n  \))?: [^\n]*"
    declared = {found[1]: found[0] for found in re.finditer(fields, load(name).schema.sdl, re.MULTILINE)}
    actions = {"DropDeadLetter", "DropDeadLetters", "DropEvent", "ReplayEvents", "RetryDeadLetter", "RetryDeadLetters"}
    actions |= {"RetryEvent", "AuditLog", "EventQueue"}
    own = {f"{name}{action}" for action in actions}
    assert own <= declared.keys()
    assert {field for field, text in declared.items() if '@tag(name: "operations")' in text} == own
