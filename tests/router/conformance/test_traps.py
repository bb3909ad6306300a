"""Each trap of the fixtures fires when it is stepped on and at nothing else, or that none fired would say little."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.execution_suites import (
    REMEDY,
    TRAPS,
    FiredTrap,
    Watch,
    build_subgraphs,
    load_own_suites,
    load_suites,
)
from tests.support.execution_suites.traps import TOLERABLE

SUITES = {source.name: source for source in (*load_suites(), *load_own_suites())}
pytestmark = pytest.mark.skipif(not load_suites(), reason=REMEDY)

ENTITIES = "query ($sent: [_Any!]!) { _entities(representations: $sent) { ... on %s { %s } } }"
PRODUCT = {"__typename": "Product", "upc": "p1"}
MEASURED = {**PRODUCT, "price": 11, "weight": 1}
ENTITY = {"__typename": "Entity", "id": "e2"}
QUX = {"__typename": "Qux", "foo": "q1-foo", "bar": "q1-bar", "qux": "q1-qux"}
ESTIMATE = ENTITIES % ("Product", "shippingEstimate")
REQUIRER = ENTITIES % ("Entity", "requirer")
MISSTEPS = [
    pytest.param("again", "mutations", "prices", 'mutation { touch(id: "p1") { id } x: touch(id: "p1") { id } }', None,
                 id="a mutation again"),
    pytest.param("external", "nested-provides", "category", ENTITIES % ("Category", "subCategories { id }"),
                 [{"__typename": "Category", "id": "c1"}], id="an external field by a key"),
    pytest.param("external", "fed1-external-extends", "a", "{ randomUser { name } }", None,
                 id="an external field on a path that does not provide it"),
    pytest.param("external", "provides-on-interface", "a",
                 "{ media { ... on Book { animals { ... on Dog { name } } } } }", None, id="what another provides"),
    pytest.param("invalid", "node", "types", "{ __typename nothing }", None, id="an unknown field"),
    pytest.param("missing", "simple-requires-provides", "inventory", ESTIMATE, [{**PRODUCT, "price": 11}],
                 id="one of two required fields"),
    pytest.param("missing", "requires-with-fragments", "b", REQUIRER,
                 [{**ENTITY, "data": {"__typename": "Qux", "foo": "q1-foo"}}], id="a required field of one type"),
    pytest.param("not provided", "nested-provides", "category", ENTITIES % ("Category", "name"),
                 [{"__typename": "Category", "id": "c1"}], id="a name by a key"),
    pytest.param("overridden", "simple-override", "a", "{ aFeed { createdAt } }", None, id="a lost field"),
    pytest.param("surplus", "simple-requires-provides", "inventory", ENTITIES % ("Product", "inStock"), [MEASURED],
                 id="required fields that nothing asked requires"),
    pytest.param("surplus", "requires-with-fragments", "b", ENTITIES % ("Entity", "requirer2"),
                 [{**ENTITY, "data": QUX}], id="more of a required object than is required"),
    pytest.param("twice", "simple-requires-provides", "inventory", ESTIMATE, [MEASURED, MEASURED],
                 id="a representation again"),
    pytest.param("typename", "interface-object-with-requires", "b", ENTITIES % ("NodeWithName", "id"),
                 [{"__typename": "User", "id": "u1"}], id="the type behind an interface object"),
    pytest.param("unknown", "simple-requires-provides", "inventory", ENTITIES % ("Product", "inStock"),
                 [{**PRODUCT, "upc": None}], id="a key that is null"),
    pytest.param("unresolvable", "non-resolvable-interface-object", "b", ENTITIES % ("Node", "field"),
                 [{"__typename": "Node", "id": "n1"}], id="a key that is not resolvable"),
    pytest.param("unresolvable", "requires-with-argument", "a", ENTITIES % ("Product", "upc"),
                 [{"__typename": "Product"}], id="no key"),
    pytest.param("untold", "requires-with-fragments", "b", REQUIRER,
                 [{**ENTITY, "data": {key: QUX[key] for key in ("foo", "bar", "qux")}}],
                 id="an object without type name"),
    pytest.param("untrue", "simple-requires-provides", "inventory", ESTIMATE, [{**MEASURED, "weight": 2}],
                 id="another's weight"),
    pytest.param("untrue", "requires-with-argument", "a", ESTIMATE, [{**MEASURED, "price": 22}],
                 id="the price in another currency"),
    pytest.param("untrue", "requires-with-argument", "d", ENTITIES % ("Post", "author { id }"),
                 [{"__typename": "Post", "id": "p1", "comments": [{"authorId": "a1"}]}], id="fewer comments"),
]  # fmt: skip
SOUND = [
    pytest.param("simple-requires-provides", "inventory", ESTIMATE, [MEASURED], id="all that is required"),
    pytest.param("requires-with-fragments", "b", REQUIRER, [{**ENTITY, "data": QUX}], id="told apart by type"),
    pytest.param("fed1-external-extends", "a", "{ providedRandomUser { name } }", None, id="on a path that provides"),
    pytest.param("nested-provides", "category", "{ products { categories { subCategories { name } } } }", None,
                 id="provided below what is provided"),
    pytest.param("simple-override", "b", "{ feed { createdAt } }", None, id="the field of who took it"),
    pytest.param("unavailable-override", "a", "{ aFeed { createdAt } }", None, id="a field that nobody took"),
]  # fmt: skip


def step(
    suite: str, subgraph: str, query: str, sent: Any, *, is_lenient: bool
) -> tuple[dict[str, Any], list[FiredTrap]]:
    watch = Watch(subgraph, is_lenient=is_lenient)
    answer = build_subgraphs(SUITES[suite])[subgraph].answer({"query": query, "variables": {"sent": sent}}, watch)
    return answer, watch.fired


@pytest.mark.parametrize(("trap", "suite", "subgraph", "query", "sent"), MISSTEPS)
def test_a_misstep_fires_its_trap(trap: str, suite: str, subgraph: str, query: str, sent: Any) -> None:
    answer, fired = step(suite, subgraph, query, sent, is_lenient=False)
    assert {each.trap for each in fired} == {trap}
    assert answer["errors"]


@pytest.mark.parametrize(("trap", "suite", "subgraph", "query", "sent"), MISSTEPS)
def test_others_are_let_through_where_it_is_tolerable(
    trap: str, suite: str, subgraph: str, query: str, sent: Any
) -> None:
    answer, fired = step(suite, subgraph, query, sent, is_lenient=True)
    assert (fired == []) == (trap in TOLERABLE) == ("errors" not in answer)


@pytest.mark.parametrize(("suite", "subgraph", "query", "sent"), SOUND)
def test_what_is_sound_fires_none(suite: str, subgraph: str, query: str, sent: Any) -> None:
    answer, fired = step(suite, subgraph, query, sent, is_lenient=False)
    assert "errors" not in answer, answer
    assert fired == []


def test_every_trap_is_stepped_on() -> None:
    assert {item.values[0] for item in MISSTEPS} == TRAPS.keys()


@pytest.mark.parametrize(("is_lenient", "name"), [(False, "Admin"), (True, "Account")])
def test_an_interface_object_lies_of_its_name(*, is_lenient: bool, name: str) -> None:
    answer, _ = step("simple-interface-object", "b", "{ accounts { __typename } }", None, is_lenient=is_lenient)
    assert {each["__typename"] for each in answer["data"]["accounts"]} == {name}


def test_every_subgraph_has_its_rows() -> None:
    """A coordinate in a fixture that its SDL does not have would set no trap at all."""
    for source in SUITES.values():
        for name, fixture in source.suite.subgraphs.items():
            coordinates = build_subgraphs(source)[name].coordinates
            assert {f"Query.{field}" for field in fixture.query} <= coordinates, name
            assert {f"Mutation.{field}" for field in fixture.mutation} <= coordinates, name
            assert fixture.fields.keys() | fixture.only_provided <= coordinates, name
