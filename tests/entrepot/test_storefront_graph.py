"""The storefront graph: what a customer or a guest can use, all of it and nothing else, at a path of its own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace

import pytest
import pytest_asyncio
from graphql import (
    DirectiveNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    build_schema,
    get_named_type,
    parse,
    validate,
    value_from_ast_untyped,
)

from entrepot.router.app import build_router_app
from entrepot.router.config import RouterConfig, ServerConfig
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.execution import AsgiTransport
from entrepot.subgraphs.registry import load_permissions
from entrepot.wiring.storefront_graph import PATH, StorefrontGraph, build_storefront_supergraph
from tests.support.buying import WATCH, fill_cart, find_variant, place_order, register, watch
from tests.support.clients import GraphQLClient
from tests.support.in_process import InProcessClient
from tests.support.mesh import Shop, open_shop
from tests.support.small_graph import SUPERGRAPH, SmallGraph
from tests.support.tree import ROOT

CUSTOMER = load_permissions().expand(["customer"])
FOR_STAFF = ("{ users { totalCount } }", "{ ordersEventQueue { __typename } }", "{ ordersAuditLog { __typename } }")


@pytest.fixture(scope="module")
def storefront() -> GraphQLSchema:
    return build_schema((ROOT / "schema" / "storefront-api.graphql").read_text())


@pytest.fixture(scope="module")
def whole() -> GraphQLSchema:
    return build_schema((ROOT / "schema" / "api.graphql").read_text())


def required_scopes() -> dict[str, list[list[list[str]]]]:
    """What `schema/supergraph.graphql` requires by coordinate of a type or field, apart from any tag."""
    found: dict[str, list[list[list[str]]]] = {}
    for type_ in parse((ROOT / "schema" / "supergraph.graphql").read_text()).definitions:
        if isinstance(type_, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            found[type_.name.value] = list(read_scopes(type_.directives))
            for field in type_.fields or ():
                found[f"{type_.name.value}.{field.name.value}"] = list(read_scopes(field.directives))
    return found


def read_scopes(directives: Iterable[DirectiveNode] | None) -> Iterator[list[list[str]]]:
    for directive in directives or ():
        if directive.name.value == "requiresScopes":
            yield value_from_ast_untyped(directive.arguments[0].value)


def callable_fields(schema: GraphQLSchema) -> dict[str, bool]:
    """Each field by its coordinate, and whether the scopes of a customer are enough for it."""
    scopes = required_scopes()
    found = {}
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                returned = get_named_type(field.type).name
                required = [*scopes[type_.name], *scopes[f"{type_.name}.{name}"], *scopes.get(returned, ())]
                found[f"{type_.name}.{name}"] = all(
                    any(CUSTOMER.issuperset(alternative) for alternative in alternatives) for alternatives in required
                )
    return found


class TestTheSchema:
    def test_no_field_needs_more_than_a_customer_has(self, storefront: GraphQLSchema) -> None:
        fields = callable_fields(storefront)
        assert {"Mutation.placeOrder", "Query.products", "Subscription.orderStatusChanged"} <= fields.keys()
        assert [coordinate for coordinate, is_callable in fields.items() if not is_callable] == []

    def test_nothing_that_a_customer_can_call_is_missing(self, storefront: GraphQLSchema, whole: GraphQLSchema) -> None:
        roots = ("Query.", "Mutation.", "Subscription.")
        expected = {name for name, is_callable in callable_fields(whole).items() if is_callable}
        assert {name for name in expected if name.startswith(roots)} == {
            name for name in callable_fields(storefront) if name.startswith(roots)
        }
        # Of the types that it shows, it shows all that a customer may read.
        shown = {name for name in expected if name.partition(".")[0] in storefront.type_map}
        assert shown == callable_fields(storefront).keys()

    def test_operations_are_no_part_of_it(self, storefront: GraphQLSchema, whole: GraphQLSchema) -> None:
        operations = re.compile(r"EventQueue|DeadLetter|AuditLog|AuditEntry|OutboxEvent|ReplayEvents")
        assert [name for name in callable_fields(whole) if operations.search(name)] != []
        assert [name for name in callable_fields(storefront) if operations.search(name)] == []
        assert [name for name in storefront.type_map if operations.search(name)] == []

    def test_it_is_the_contract_of_the_full_supergraph(self) -> None:
        schema = ROOT / "schema"
        built = build_storefront_supergraph((schema / "supergraph.graphql").read_text())
        assert (schema / "storefront.graphql").read_text() == built

    @pytest.mark.parametrize("folder", ["examples/storefront/src", "schema/operations"])
    def test_the_documents_of_storefronts_are_valid_on_it(self, folder: str, storefront: GraphQLSchema) -> None:
        texts = [path.read_text() for path in sorted((ROOT / folder).rglob("*.graphql"))]
        assert len(texts) > 10
        assert [error.message for error in validate(storefront, parse("\n".join(texts)))] == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture
def client(shop: Shop) -> GraphQLClient:
    """A guest of the storefront graph."""
    return replace(shop.client, url=shop.client.url.replace("/graphql", PATH))


@pytest.mark.asyncio(loop_scope="module")
class TestServed:
    @pytest.mark.parametrize("document", FOR_STAFF)
    async def test_a_field_for_staff_does_not_exist_there(
        self, document: str, shop: Shop, client: GraphQLClient
    ) -> None:
        admin = (await shop.login("admin@example.com")).token
        answer = await client.as_(admin).send(document)
        assert "data" not in answer
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["GRAPHQL_VALIDATION_FAILED"]
        assert "data" in await shop.client.as_(admin).send(document)

    async def test_introspection_shows_the_same_mutations_as_the_published_schema(
        self, client: GraphQLClient, storefront: GraphQLSchema
    ) -> None:
        shown = await client.data('{ __type(name: "Mutation") { fields { name } } }')
        assert storefront.mutation_type is not None
        assert {field["name"] for field in shown["__type"]["fields"]} == set(storefront.mutation_type.fields)

    async def test_a_cart_becomes_an_order_that_is_followed(self, client: GraphQLClient) -> None:
        variant = await find_variant(client, "BEAN-HARBOUR-250")
        customer = await register(client, "face@example.com")
        order = await place_order(customer, await fill_cart(customer, variant["id"]))
        seen = await asyncio.wait_for(watch(customer, order["id"]), 30)
        assert seen[-1]["status"] == "CONFIRMED"
        events = customer.subscribe_by_events(WATCH, id=order["id"], after=0)
        first = await asyncio.wait_for(anext(events), 30)
        assert first["orderStatusChanged"] == seen[0] | {"order": first["orderStatusChanged"]["order"]}
        await events.aclose()

    async def test_it_is_built_once_for_requests_at_the_same_time(self, shop: Shop) -> None:
        router = shop.running.router
        before = len(router._graphs)
        client = InProcessClient(StorefrontGraph(router), path=PATH)
        answers = await asyncio.gather(*(client.data("{ products(first: 1) { edges { cursor } } }") for _ in range(5)))
        assert [len(answer["products"]["edges"]) for answer in answers] == [1] * 5
        assert len(router._graphs) == before + 1

    async def test_a_browser_gets_the_explorer_of_this_graph(self, client: GraphQLClient) -> None:
        async with client.session.get(client.url, headers={"accept": "text/html"}) as response:
            assert response.status == 200
            assert PATH in await response.text()


def test_the_full_graph_cannot_have_its_path() -> None:
    config = RouterConfig(server=ServerConfig(path=PATH))
    router = build_router_app(config, SUPERGRAPH, transport=AsgiTransport(SmallGraph().apps))
    with pytest.raises(ConfigurationInvalid, match=r"server\.path is /storefront/graphql"):
        StorefrontGraph(router)


async def test_added_graphs_end_with_the_router() -> None:
    """Their streams are counted and ended as those of the first graph are."""
    small = SmallGraph()
    router = build_router_app(RouterConfig(), SUPERGRAPH, transport=AsgiTransport(small.apps))
    added = await router.add_graph(RouterConfig(server=ServerConfig(path="/other")), SUPERGRAPH)
    stream = asyncio.create_task(
        InProcessClient(added, path="/other").raw(
            "subscription { forever { number } }", headers={"accept": "text/event-stream"}
        )
    )
    async with asyncio.timeout(10):
        while router.active_streams == 0:
            await asyncio.sleep(0.01)
        await router.end_streams()
        await stream
    assert router.active_streams == 0
