"""Every field that asks for a right, called without it: refused, through the router and directly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema

from entrepot.shared.auth import ANONYMOUS, IDENTITY_HEADER, Principal
from entrepot.shared.errors import PublicError
from entrepot.shared.graphql.permissions import Requirement, read_requirement
from entrepot.subgraphs.registry import SUBGRAPHS, load, load_permissions
from tests.support.buying import fill_cart, find_variant, place_order, register, watch
from tests.support.in_process import InProcessClient
from tests.support.mesh import Shop, open_shop
from tests.support.walking import Way, ways_to_fields

NOBODY = "nobody"
CUSTOMER = "a customer"
CODES = {NOBODY: "UNAUTHENTICATED", CUSTOMER: "FORBIDDEN"}
SCOPES = {NOBODY: ANONYMOUS, CUSTOMER: Principal(user_id="x", scopes=load_permissions().expand(["customer"]))}
STREAM = {"accept": "text/event-stream"}


def schema_of(name: str) -> GraphQLSchema:
    return load(name).schema._schema


def protected(schema: GraphQLSchema) -> dict[tuple[str, str], Requirement]:
    """What each field of the schema asks for."""
    return {
        (type_.name, name): requirement
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
        for name, field in type_.fields.items()
        if (requirement := read_requirement(type_, name, field)) != Requirement()
    }


def lacking(requirement: Requirement) -> list[str]:
    """Which callers have not the right."""
    found = []
    for caller, principal in SCOPES.items():
        try:
            requirement.check(principal)
        except PublicError:
            found.append(caller)
    return found


EVERYWHERE = {
    (name, *field): requirement for name in SUBGRAPHS for field, requirement in protected(schema_of(name)).items()
}


def test_there_are_rights_in_every_subgraph() -> None:
    assert {name for name, *_ in EVERYWHERE} == set(SUBGRAPHS)


HIDDEN = b'{"data":{"_entities":[null]}}'


async def test_every_protected_field_is_refused(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        assert await open_through_the_router(shop) == []
        assert await open_directly(shop) == []


async def open_through_the_router(shop: Shop) -> list[Any]:
    """What the router does not refuse; it must, by what the supergraph says, before it asks any subgraph."""
    api_schema = shop.running.router.snapshot.supergraph.api_schema
    ways = {(way.type, way.field): way for way in ways_to_fields(api_schema)}
    customer = await register(shop.client, "walker@journey.example")
    tokens = {NOBODY: None, CUSTOMER: customer.token}
    client = InProcessClient(shop.running.router)
    wrong = []
    for (_, type_, field), requirement in EVERYWHERE.items():
        way = ways[type_, field]
        for caller in lacking(requirement):
            headers = STREAM if way.operation == "subscription" else {}
            answer = await client.as_(tokens[caller]).raw(way.document, headers=headers)
            if b'"UNAUTHORIZED_FIELD_OR_TYPE"' not in answer:
                wrong.append((type_, field, caller, answer[:300]))
    return wrong


async def open_directly(shop: Shop) -> list[Any]:
    """What a subgraph does not refuse by itself, whoever is in front of it."""
    ids = await make_entities(shop)
    user_id = ids["User"]
    wrong = []
    for name, process in shop.running.processes.items():
        app = process.build_app()
        ways = ways_into(schema_of(name), ids)
        for (owner, type_, field), requirement in EVERYWHERE.items():
            if owner != name:
                continue
            way = ways[type_, field]
            for caller in lacking(requirement):
                principal = replace(SCOPES[caller], user_id=user_id) if caller == CUSTOMER else ANONYMOUS
                identity = {IDENTITY_HEADER: shop.running.signer.token_for(principal, name)}
                headers = {**identity, **(STREAM if way.operation == "subscription" else {})}
                answer = await InProcessClient(app).raw(way.document, headers=headers)
                # An entity that is hidden whole from the caller shows nothing of its fields either.
                if f'"{CODES[caller]}"'.encode() not in answer and answer != HIDDEN:
                    wrong.append((name, type_, field, caller, way.document, answer[:300]))
        unsigned = await InProcessClient(app).send("{ __typename }")
        assert unsigned["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    return wrong


def ways_into(schema: GraphQLSchema, ids: dict[str, str]) -> dict[tuple[str, str], Way]:
    """A way to each field; those of an entity begin at a reference to a real one."""
    ways = {}
    for way in ways_to_fields(schema):
        ways[way.type, way.field] = way
        if way.type in ids:
            reference = f'_entities(representations: [{{ __typename: "{way.type}", id: "{ids[way.type]}" }}])'
            ways[way.type, way.field] = Way(
                "query", (reference, f"... on {way.type}", way.steps[-1]), way.type, way.field
            )
    return ways


async def make_entities(shop: Shop) -> dict[str, str]:
    """Ids of one real thing of each kind, all of one customer where they belong to one."""
    ada = await shop.login("ada@example.com")
    variant = await find_variant(ada, "PRESS-DOCK-1L")
    cart = await fill_cart(ada, variant["id"])
    order = await place_order(ada, cart)
    await watch(ada, order["id"])
    mine = await ada.data("query ($id: ID!) { me { id } order(id: $id) { payments { id } } }", id=order["id"])
    return {
        "User": mine["me"]["id"],
        "ProductVariant": variant["id"],
        "Order": order["id"],
        "Cart": cart["id"],
        "Payment": mine["order"]["payments"][0]["id"],
    }
