"""Inventory as its clients see it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from entrepot.shared.auth import ANONYMOUS, Principal
from tests.support.stock_room import StockRoom
from tests.support.subgraphs import STAFF, customer

CREATE_LOCATION = """
mutation ($input: CreateLocationInput!) {
  createLocation(input: $input) {
    location { id code name }
    errors { __typename ... on UserError { code message path } }
  }
}
"""
ADJUST = """
mutation ($input: AdjustStockInput!) {
  adjustStock(input: $input) {
    stockLevel { onHand reserved available sku variant { id } location { code } }
    movement { id kind quantity onHandDelta reservedDelta reason actorId reference occurredAt }
    errors { __typename ... on UserError { code path } ... on StockReservedError { onHand reserved available } }
  }
}
"""
AVAILABILITY = """
query ($r: [_Any!]!) { _entities(representations: $r) {
  ... on ProductVariant { id availability { available isInStock isLow } } } }
"""
LEVELS = """
query ($r: [_Any!]!) { _entities(representations: $r) {
  ... on ProductVariant { stockLevels { onHand reserved available sku location { code name } } } } }
"""


def variants(*ids: str) -> list[dict[str, str]]:
    return [{"__typename": "ProductVariant", "id": identity} for identity in ids]


async def adjust(room: StockRoom, **given: Any) -> dict[str, Any]:
    given = {
        "variantId": "a",
        "locationId": room.locations["main"],
        "delta": 3,
        "reason": "counted",
        "idempotencyKey": "key",
        **given,
    }
    return (await room.subgraph.execute(ADJUST, STAFF, input=given))["data"]["adjustStock"]


class TestCreateLocation:
    async def create(self, room: StockRoom, **given: Any) -> dict[str, Any]:
        given = {"code": "north", "name": "North", "idempotencyKey": "key", **given}
        return (await room.subgraph.execute(CREATE_LOCATION, STAFF, input=given))["data"]["createLocation"]

    async def test_can_be_found_by_its_id(self, room: StockRoom) -> None:
        location = (await self.create(room))["location"]
        found = await room.subgraph.execute("query ($id: ID!) { location(id: $id) { code } }", STAFF, id=location["id"])
        assert found["data"]["location"] == {"code": "north"}
        unknown = await room.subgraph.execute('{ location(id: "loc_none") { code } }', STAFF)
        assert unknown == {"data": {"location": None}}

    async def test_a_repeated_key_makes_one(self, room: StockRoom) -> None:
        first, second = await asyncio.gather(self.create(room), self.create(room))
        assert first == second
        assert (await self.create(room, name="Other"))["errors"][0]["code"] == "IDEMPOTENCY_CONFLICT"

    @pytest.mark.parametrize(
        ("given", "code", "path"),
        [
            ({"code": ""}, "BAD_USER_INPUT", ["code"]),
            ({"code": "No Code"}, "BAD_USER_INPUT", ["code"]),
            ({"code": "x" * 65}, "BAD_USER_INPUT", ["code"]),
            ({"name": " "}, "BAD_USER_INPUT", ["name"]),
            ({"name": "x" * 201}, "BAD_USER_INPUT", ["name"]),
            ({"idempotencyKey": ""}, "BAD_USER_INPUT", ["idempotencyKey"]),
            ({"code": "main"}, "LOCATION_CODE_TAKEN", ["code"]),
        ],
    )
    async def test_bad_input_changes_nothing(
        self, room: StockRoom, given: dict[str, Any], code: str, path: list[str]
    ) -> None:
        await room.open_location("main")
        payload = await self.create(room, **given)
        assert payload["location"] is None
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [(code, path)]
        found = await room.subgraph.execute("{ locations { edges { node { code } } } }", STAFF)
        assert found["data"]["locations"]["edges"] == [{"node": {"code": "main"}}]

    async def test_all_that_is_wrong_is_said_at_once(self, room: StockRoom) -> None:
        payload = await self.create(room, code="No Code", name=" ")
        assert [error["path"] for error in payload["errors"]] == [["code"], ["name"]]

    async def test_pages(self, room: StockRoom) -> None:
        for code in "edcba":
            await room.open_location(code)
        query = """query ($after: String) { locations(first: 2, after: $after) {
          edges { node { code } } pageInfo { hasNextPage endCursor } } }"""
        seen, cursor = "", None
        while True:
            page = (await room.subgraph.execute(query, STAFF, after=cursor))["data"]["locations"]
            seen += "".join(edge["node"]["code"] for edge in page["edges"])
            if not page["pageInfo"]["hasNextPage"]:
                break
            cursor = page["pageInfo"]["endCursor"]
        assert seen == "abcde"


class TestAdjustStock:
    async def test_changes_the_balance_and_writes_the_ledger(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        payload = await adjust(room, delta=-2, reason=" broken ")
        assert payload["errors"] == []
        assert payload["stockLevel"] == {
            "onHand": 3,
            "reserved": 0,
            "available": 3,
            "sku": "SKU-a",
            "variant": {"id": "a"},
            "location": {"code": "main"},
        }
        movement = payload["movement"]
        assert movement["id"].startswith("smv_")
        assert {key: movement[key] for key in ("kind", "quantity", "onHandDelta", "reservedDelta", "reason")} == {
            "kind": "ADJUSTED",
            "quantity": 2,
            "onHandDelta": -2,
            "reservedDelta": 0,
            "reason": "broken",
        }
        assert movement["actorId"] == STAFF.user_id
        assert movement["reference"] is None
        await room.check_books()

    async def test_a_repeated_key_adjusts_once(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        first, second = await asyncio.gather(adjust(room), adjust(room))
        assert first["movement"] == second["movement"]
        assert (await adjust(room, delta=4))["errors"][0]["code"] == "IDEMPOTENCY_CONFLICT"
        assert await room.balances() == {("a", "main"): (8, 0)}

    @pytest.mark.parametrize(
        ("given", "code", "path"),
        [
            ({"delta": 0}, "BAD_USER_INPUT", ["delta"]),
            ({"delta": 10_000_001}, "BAD_USER_INPUT", ["delta"]),
            ({"delta": 9_999_999}, "BAD_USER_INPUT", ["delta"]),
            ({"reason": ""}, "BAD_USER_INPUT", ["reason"]),
            ({"reason": "x" * 201}, "BAD_USER_INPUT", ["reason"]),
            ({"variantId": "never_seen"}, "NOT_FOUND", ["variantId"]),
            ({"locationId": "loc_none"}, "NOT_FOUND", ["locationId"]),
            ({"idempotencyKey": "\n"}, "BAD_USER_INPUT", ["idempotencyKey"]),
            ({"delta": -4}, "STOCK_RESERVED", ["delta"]),
        ],
    )
    async def test_bad_input_changes_nothing(
        self, room: StockRoom, given: dict[str, Any], code: str, path: list[str]
    ) -> None:
        await room.stock("a", 5)
        await room.hold("o1", a=2)
        payload = await adjust(room, **given)
        assert (payload["stockLevel"], payload["movement"]) == (None, None)
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [(code, path)]
        assert await room.balances() == {("a", "main"): (5, 2)}
        assert await room.listen() == []

    async def test_down_to_what_is_reserved_is_allowed(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        await room.hold("o1", a=2)
        assert (await adjust(room, delta=-3))["stockLevel"]["available"] == 0
        refusal = (await adjust(room, delta=-1, idempotencyKey="other"))["errors"][0]
        assert {key: refusal[key] for key in ("onHand", "reserved", "available")} == {
            "onHand": 2,
            "reserved": 2,
            "available": 0,
        }

    async def test_of_ten_at_once_the_last_pieces_go_once(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        payloads = await asyncio.gather(*(adjust(room, delta=-2, idempotencyKey=str(number)) for number in range(10)))
        assert sum(not payload["errors"] for payload in payloads) == 2
        await room.check_books()


class TestPermissions:
    @pytest.mark.parametrize(
        ("principal", "code"), [(ANONYMOUS, "UNAUTHENTICATED"), (customer(1, "orders:read"), "FORBIDDEN")]
    )
    @pytest.mark.parametrize(
        "operation",
        [
            '{ location(id: "x") { id } }',
            "{ locations { edges { cursor } } }",
            "{ stockLevels { edges { cursor } } }",
            "{ stockMovements { edges { cursor } } }",
            'mutation { createLocation(input: {code: "a", name: "A", idempotencyKey: "k"}) { location { id } } }',
            """mutation { adjustStock(
              input: {variantId: "a", locationId: "l", delta: 1, reason: "r", idempotencyKey: "k"}
            ) { stockLevel { onHand } } }""",
            """{ _entities(representations: [{__typename: "ProductVariant", id: "a"}]) {
              ... on ProductVariant { stockLevels { onHand } } } }""",
        ],
    )
    async def test_stock_is_for_staff(self, room: StockRoom, operation: str, principal: Principal, code: str) -> None:
        response = await room.subgraph.execute(operation, principal)
        assert [error["extensions"]["code"] for error in response["errors"]] == [code]

    async def test_a_location_is_not_shown_by_reference(self, room: StockRoom) -> None:
        representation = {"__typename": "Location", "id": await room.open_location("main")}
        query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Location { code } } }"
        refused = await room.subgraph.execute(query, ANONYMOUS, r=[representation])
        assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        found = await room.subgraph.execute(query, STAFF, r=[representation, {**representation, "id": "loc_none"}])
        assert found["data"]["_entities"] == [{"code": "main"}, None]


class TestAvailability:
    async def test_is_summed_and_public(self, room: StockRoom) -> None:
        await room.stock("a", 5, "main")
        await room.adjust("a", 3, "north")
        await room.hold("o1", a=2)
        await room.stock("b", 5)
        await room.stock("c", 1)
        await room.hold("o2", c=1)
        response = await room.subgraph.execute(AVAILABILITY, ANONYMOUS, r=variants("a", "b", "c", "never_seen"))
        found = response["data"]["_entities"]
        assert [(entity["availability"]["available"], entity["availability"]["isInStock"]) for entity in found] == [
            (6, True),
            (5, True),
            (0, False),
            (0, False),
        ]
        assert [entity["availability"]["isLow"] for entity in found] == [False, True, False, False]
        assert "errors" not in response

    async def test_asks_the_database_once_for_all(self, room: StockRoom) -> None:
        names = [f"v{number}" for number in range(20)]
        await room.know(*names)
        for name in names[:10]:
            await room.adjust(name, 1)
        statements: list[str] = []
        stop = room.subgraph.process.database.count_statements(statements.append)
        for count in (1, 20):
            statements.clear()
            await room.subgraph.execute(AVAILABILITY, ANONYMOUS, r=variants(*names[:count]))
            assert len([text for text in statements if text.startswith("SELECT")]) == 1
            statements.clear()
            await room.subgraph.execute(LEVELS, STAFF, r=variants(*names[:count]))
            assert len([text for text in statements if text.startswith("SELECT")]) == 3
        stop()

    async def test_a_reference_without_its_key_is_its_own_error(self, room: StockRoom) -> None:
        given = [{"__typename": "ProductVariant", "sku": "x"}, *variants("a")]
        response = await room.subgraph.execute(AVAILABILITY, ANONYMOUS, r=given)
        assert response["data"]["_entities"][0] is None
        assert response["data"]["_entities"][1]["id"] == "a"
        assert response["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


class TestStockLevels:
    async def test_of_a_variant_by_location(self, room: StockRoom) -> None:
        await room.stock("a", 5, "main")
        await room.adjust("a", 3, "north")
        await room.hold("o1", a=5)
        found = (await room.subgraph.execute(LEVELS, STAFF, r=variants("a", "never_seen")))["data"]["_entities"]
        assert found[0]["stockLevels"] == [
            {"onHand": 5, "reserved": 5, "available": 0, "sku": "SKU-a", "location": {"code": "main", "name": "Main"}},
            {
                "onHand": 3,
                "reserved": 0,
                "available": 3,
                "sku": "SKU-a",
                "location": {"code": "north", "name": "North"},
            },
        ]
        assert found[1]["stockLevels"] == []

    async def test_are_found_by_location_and_sku(self, room: StockRoom) -> None:
        await room.stock("a", 1, "main")
        await room.stock("b", 2, "main")
        await room.adjust("b", 3, "north")
        query = """query ($location: ID, $sku: String) { stockLevels(locationId: $location, sku: $sku) {
          edges { node { onHand } } } }"""

        async def find(**wanted: Any) -> list[int]:
            found = (await room.subgraph.execute(query, STAFF, **wanted))["data"]["stockLevels"]["edges"]
            return [edge["node"]["onHand"] for edge in found]

        assert await find() == [1, 2, 3]
        assert await find(location=room.locations["main"]) == [1, 2]
        assert await find(sku="SKU-b") == [2, 3]
        assert await find(sku="SKU-b", location=room.locations["north"]) == [3]
        assert await find(sku="none") == []


class TestStockMovements:
    async def test_tell_what_happened_newest_first(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        await room.stock("b", 1)
        await room.hold("o1", a=2)
        await room.commit("o1")
        await room.release("o1")
        query = """query ($variant: ID, $after: String) { stockMovements(variantId: $variant, first: 3, after: $after) {
          edges { node { kind quantity onHandDelta reservedDelta reference sku location { code } } }
          pageInfo { endCursor hasNextPage } } }"""
        page = (await room.subgraph.execute(query, STAFF, variant="a"))["data"]["stockMovements"]
        nodes = [edge["node"] for edge in page["edges"]]
        assert [(node["kind"], node["onHandDelta"], node["reservedDelta"], node["reference"]) for node in nodes] == [
            ("RELEASED", 0, -2, "ord_1"),
            ("COMMITTED", 0, 0, "ord_1"),
            ("RESERVED", 0, 2, "ord_1"),
        ]
        assert {(node["quantity"], node["sku"], node["location"]["code"]) for node in nodes} == {(2, "SKU-a", "main")}
        assert page["pageInfo"]["hasNextPage"]
        rest = await room.subgraph.execute(query, STAFF, variant="a", after=page["pageInfo"]["endCursor"])
        assert [edge["node"]["kind"] for edge in rest["data"]["stockMovements"]["edges"]] == ["ADJUSTED"]
