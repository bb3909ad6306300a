"""The audit log in the graph: pages, filters, and who may read it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from entrepot.shared.audit import Actor, AuditEntry, Chaining, erase_personal, record
from entrepot.shared.auth import Principal
from entrepot.shared.telemetry import Trace, bind_trace
from entrepot.subgraphs.registry import load_permissions
from tests.support.audit import wait_for_others
from tests.support.subgraphs import STAFF, SubgraphUnderTest, customer, open_subgraph

AUDITOR = Principal(user_id="usr_auditor", scopes=load_permissions().expand(["auditor"]), roles=("auditor",))
FIELDS = """id occurredAt actor impersonator scopes action objectType objectId before after clientAddress requestId
  traceId reason position hash"""
LOG = f"""query ($first: Int, $after: String, $last: Int, $before: String, $object: ID, $actor: ID, $action: String) {{
  inventoryAuditLog(first: $first, after: $after, last: $last, before: $before, objectId: $object, actorId: $actor,
    action: $action) {{
    edges {{ cursor node {{ {FIELDS} }} }} pageInfo {{ hasNextPage hasPreviousPage endCursor startCursor }} }} }}"""


@pytest.fixture
async def inventory(tmp_path: Path, database_url: str | None) -> AsyncIterator[SubgraphUnderTest]:
    async with open_subgraph("inventory", tmp_path, url=database_url) as subgraph:
        yield subgraph


async def write(inventory: SubgraphUnderTest, count: int) -> list[str]:
    ids = []
    for number in range(count):
        actor = Actor(f"usr_{number % 2}", ("inventory:adjust",), "usr_support", f"192.0.2.{number}")
        entry = AuditEntry(
            actor=actor,
            action="adjustStock" if number % 3 else "createLocation",
            object_type="Location",
            object_id=f"loc_{number // 2}",
            before={"contactEmail": "old@example.com", "name": "A"} if number else None,
            after={"contactEmail": "new@example.com", "name": "A", "quantity": number},
            subject="usr_contact",
            reason="counted",
        )
        with bind_trace(Trace(f"req-{number}", "a" * 32, "b" * 16)):
            async with inventory.transactions.begin() as unit:
                ids += await record(unit, entry)
    return ids


async def read(inventory: SubgraphUnderTest, **variables: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    answer = await inventory.execute(LOG, AUDITOR, **variables)
    assert "errors" not in answer
    connection = answer["data"]["inventoryAuditLog"]
    return [edge["node"] for edge in connection["edges"]], connection["pageInfo"]


async def test_an_entry_as_auditors_see_it(inventory: SubgraphUnderTest) -> None:
    ids = await write(inventory, 2)
    (newest, _), _ = await read(inventory)
    assert newest == {
        "id": ids[1],
        "occurredAt": newest["occurredAt"],
        "actor": "usr_1",
        "impersonator": "usr_support",
        "scopes": ["inventory:adjust"],
        "action": "adjustStock",
        "objectType": "Location",
        "objectId": "loc_0",
        "before": '{"contactEmail":"old@example.com"}',
        "after": '{"contactEmail":"new@example.com","quantity":1}',
        "clientAddress": "192.0.2.1",
        "requestId": "req-1",
        "traceId": "a" * 32,
        "reason": "counted",
        "position": None,
        "hash": None,
    }
    await wait_for_others(inventory.process.database)
    await Chaining().run(inventory.transactions)
    async with inventory.transactions.begin() as unit:
        await erase_personal(unit, "usr_contact")
    _, newest, oldest = (await read(inventory))[0]
    assert (newest["position"], len(newest["hash"]), oldest["position"]) == (2, 64, 1)
    assert (newest["before"], newest["clientAddress"]) == ('{"contactEmail":{"erased":true}}', "192.0.2.1")
    assert (oldest["before"], oldest["action"]) == (None, "createLocation")


async def test_pages_newest_first(inventory: SubgraphUnderTest) -> None:
    ids = await write(inventory, 5)
    first, info = await read(inventory, first=2)
    assert [node["id"] for node in first] == ids[:2:-1]
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, False)
    rest, rest_info = await read(inventory, first=5, after=info["endCursor"])
    assert [node["id"] for node in rest] == ids[2::-1]
    assert rest_info["hasNextPage"] is False
    back, back_info = await read(inventory, last=2, before=rest_info["endCursor"])
    assert [node["id"] for node in back] == [ids[2], ids[1]]
    assert back_info["hasPreviousPage"] is True
    for cursor in ("x", "WyJhIl0", "WzEsMl0"):
        refused = await inventory.execute(LOG, AUDITOR, after=cursor)
        assert [error["extensions"]["code"] for error in refused["errors"]] == ["BAD_USER_INPUT"]


async def test_filters(inventory: SubgraphUnderTest) -> None:
    ids = await write(inventory, 6)
    for wanted, numbers in (
        ({"object": "loc_1"}, [3, 2]),
        ({"actor": "usr_1"}, [5, 3, 1]),
        ({"action": "createLocation"}, [3, 0]),
        ({"actor": "usr_1", "action": "createLocation"}, [3]),
        ({"object": "loc_1", "actor": "usr_0", "action": "createLocation"}, []),
        ({"object": "nothing"}, []),
    ):
        nodes, _ = await read(inventory, **wanted)
        assert [node["id"] for node in nodes] == [ids[number] for number in numbers]


@pytest.mark.parametrize("caller", [Principal(), customer(), STAFF])
async def test_others_see_nothing(inventory: SubgraphUnderTest, caller: Principal) -> None:
    await write(inventory, 1)
    answer = await inventory.execute(LOG, caller)
    code = "FORBIDDEN" if caller.is_authenticated else "UNAUTHENTICATED"
    assert [error["extensions"]["code"] for error in answer["errors"]] == [code]
    assert answer["data"] is None


def test_roles_that_read_it() -> None:
    assert {role for role in load_permissions().roles if "audit:read" in load_permissions().expand([role])} == {
        "auditor",
        "admin",
    }
