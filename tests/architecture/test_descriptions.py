"""Every element of the graph has a description in standard terms, and introspection shows it."""

from __future__ import annotations

import asyncio
import re
from functools import cache
from typing import Final

import pytest
from graphql import GraphQLSchema, build_ast_schema, build_client_schema, get_introspection_query, parse

from entrepot.router.app import build_router_app
from entrepot.router.config import RouterConfig
from entrepot.router.execution.transports.asgi import AsgiTransport
from entrepot.subgraphs.registry import SUBGRAPHS, load
from entrepot.wiring.supergraph import compose_file
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.descriptions import custom_scalars, descriptions_of
from tests.support.tokens import build_verifier
from tests.support.tree import ROOT

PRIVATE_TERMS: Final = re.compile(
    r"\b(?:anew|told|away|for ever|whoever|deeds?|purses?|mends?|mended|kept answers?|oneself|one's own)\b",
    re.IGNORECASE,
)
INTROSPECTION: Final = get_introspection_query(
    specified_by_url=True, schema_description=True, input_value_deprecation=True
)


@cache
def introspected() -> GraphQLSchema:
    """The schema as a client of the router sees it."""
    return asyncio.run(_introspect())


async def _introspect() -> GraphQLSchema:
    supergraph = (ROOT / "schema" / "supergraph.graphql").read_text()
    clock = ManualClock()
    app = build_router_app(
        RouterConfig(), supergraph, transport=AsgiTransport({}), verifier=build_verifier(clock), clock=clock
    )
    answer = (await AsgiClient(app).query(INTROSPECTION)).json
    assert "errors" not in answer
    return build_client_schema(answer["data"])


@cache
def subgraph(name: str) -> GraphQLSchema:
    return build_ast_schema(parse(load(name).schema.sdl), assume_valid_sdl=True)


class TestTheGraph:
    def test_describes_everything(self) -> None:
        described = dict(descriptions_of(introspected()))
        assert {"schema", "Cart", "Cart.lines", "Query.cart(id:)", "CartStatus.ACTIVE"} <= described.keys()
        assert [coordinate for coordinate, text in described.items() if not text] == []

    def test_names_the_specification_of_every_scalar(self) -> None:
        scalars = {scalar.name: scalar.specified_by_url for scalar in custom_scalars(introspected())}
        assert {"CurrencyCode", "DateTime", "Decimal", "Long"} <= scalars.keys()
        assert [name for name, url in scalars.items() if not (url or "").startswith("https://")] == []

    def test_uses_standard_terms(self) -> None:
        found = {name: PRIVATE_TERMS.findall(text or "") for name, text in descriptions_of(introspected())}
        assert {name: terms for name, terms in found.items() if terms} == {}

    def test_is_described_alike_by_all_subgraphs(self) -> None:
        hints = compose_file(ROOT / "supergraph.yaml", {}).hints
        assert [hint.message for hint in hints if hint.code == "INCONSISTENT_DESCRIPTION"] == []


@pytest.mark.parametrize("name", SUBGRAPHS)
class TestASubgraph:
    def test_describes_everything(self, name: str) -> None:
        assert [coordinate for coordinate, text in descriptions_of(subgraph(name)) if not text] == []

    def test_names_the_specification_of_every_scalar(self, name: str) -> None:
        assert [scalar.name for scalar in custom_scalars(subgraph(name)) if not scalar.specified_by_url] == []

    def test_uses_standard_terms(self, name: str) -> None:
        found = {where: PRIVATE_TERMS.findall(text or "") for where, text in descriptions_of(subgraph(name))}
        assert {where: terms for where, terms in found.items() if terms} == {}
