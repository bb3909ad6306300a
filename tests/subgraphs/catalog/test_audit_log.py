"""What staff change is in the audit log, with its values before and after; a refusal leaves nothing in it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from entrepot.shared.auth import Principal
from entrepot.subgraphs.catalog.api.mutations import MUTATIONS
from entrepot.subgraphs.registry import load_permissions
from tests.support.catalog import Catalog
from tests.support.subgraphs import STAFF, open_subgraph

AUDITOR = Principal(user_id="usr_auditor", scopes=load_permissions().expand(["auditor"]), roles=("auditor",))
LOG = "{ catalogAuditLog(last: 50) { edges { node { actor action objectType objectId before after } } } }"


@pytest.fixture
async def catalog(tmp_path: Path, database_url: str | None) -> AsyncIterator[Catalog]:
    async with open_subgraph("catalog", tmp_path, url=database_url) as subgraph:
        yield Catalog(subgraph)


async def read_log(catalog: Catalog, action: str) -> list[dict[str, Any]]:
    """The entries of the action about products; what else it changed has entries of its own."""
    answer = await catalog.subgraph.execute(LOG, AUDITOR)
    nodes = [edge["node"] for edge in answer["data"]["catalogAuditLog"]["edges"]]
    return [node for node in nodes if (node["action"], node["objectType"]) == (action, "Product")]


async def test_a_change_has_its_values_before_and_after(catalog: Catalog) -> None:
    product_id = await catalog.product()
    await catalog.variant(product_id)
    assert (await catalog.call("publishProduct", {"productId": product_id}))["errors"] == []
    (entry,) = await read_log(catalog, "publishProduct")
    assert (entry["actor"], entry["objectId"]) == (STAFF.user_id, product_id)
    assert json.loads(entry["before"])["status"] == "DRAFT"
    assert json.loads(entry["after"])["status"] == "ACTIVE"


async def test_a_new_object_has_nothing_before(catalog: Catalog) -> None:
    product_id = await catalog.product()
    (entry,) = await read_log(catalog, "createProduct")
    assert (entry["objectId"], entry["before"]) == (product_id, None)
    assert json.loads(entry["after"])["slug"] == "cup"


async def test_neither_a_refusal_nor_a_repeated_key_leaves_anything(catalog: Catalog) -> None:
    await catalog.product()
    await catalog.product()
    product_id = await catalog.product()
    assert (await catalog.call("publishProduct", {"productId": product_id}))["errors"] != []
    assert await read_log(catalog, "publishProduct") == []
    assert len(await read_log(catalog, "createProduct")) == 1


def test_every_mutation_of_staff_is_audited() -> None:
    assert all(mutation.is_audited for mutation in MUTATIONS if mutation.scopes)
