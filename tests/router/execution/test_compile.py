from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from graphql import GraphQLError

from entrepot.router.execution import AsgiTransport, ExecutionLimits
from entrepot.router.plan import (
    ConditionNode,
    EntityFetch,
    Fetch,
    OutputField,
    OutputSelection,
    Parallel,
    PathStep,
    QueryPlan,
    Representation,
    Sequence,
)
from entrepot.router.selection import Condition, Field
from tests.support.hand_written_plans import PRODUCTS, Shop, entity_fetch, leaf, nested, query, root_fetch


@pytest.fixture
def shop() -> Shop:
    return Shop()


class TestFetching:
    async def test_root_fields_answer_in_the_clients_order_and_keys(self, shop: Shop) -> None:
        fields = (leaf("title", source="name", name="name"), leaf("kind", name="__typename"), leaf("id"))
        result = await shop.run(query(root_fetch("{ products { id name } }"), nested("products", fields, "??")))
        assert result.encode() == (
            b'{"data":{"products":[{"title":"Lamp","kind":"Product","id":"1"},'
            b'{"title":"Desk","kind":"Product","id":"2"},{"title":"Lamp","kind":"Product","id":"1"}]}}'
        )

    async def test_entities_are_asked_once_each_and_reach_every_place(self, shop: Shop) -> None:
        plan = query(
            Sequence((root_fetch("{ products { id } }"), entity_fetch("stars", PRODUCTS))),
            nested("products", (leaf("stars"),), "??"),
        )
        result = await shop.run(plan)
        assert result.data == {"products": [{"stars": 1}, {"stars": 2}, {"stars": 1}]}
        assert shop.sent_representations() == [
            [{"__typename": "Product", "id": "1"}, {"__typename": "Product", "id": "2"}]
        ]

    async def test_nothing_is_sent_without_representations(self, shop: Shop) -> None:
        shop.root["products"] = []
        plan = query(
            Sequence((root_fetch("{ products { id } }"), entity_fetch("stars", PRODUCTS))),
            nested("products", (leaf("stars"),), "??"),
        )
        result = await shop.run(plan)
        assert (result.data, result.errors, shop.reviews.requests) == ({"products": []}, [], [])

    async def test_several_calls_of_one_fetch_share_a_request(self, shop: Shop) -> None:
        call = EntityFetch("a", "ra", (PRODUCTS,), (Representation(None, "Product", (Field("id"),)),))
        other = EntityFetch(
            "b", "rb", ((PathStep("me"), PathStep("favorite")),), (Representation(None, "Product", (Field("id"),)),)
        )
        operation = (
            "query($ra: [_Any!]!, $rb: [_Any!]!) { a: _entities(representations: $ra) { ... on Product { stars } } "
            "b: _entities(representations: $rb) { ... on Product { note } } }"
        )
        fetch = Fetch(2, "reviews", "query", operation, None, entities=(call, other))
        favorite = nested("favorite", (leaf("note"),), "!")
        plan = query(
            Sequence((root_fetch("{ products { id } me { favorite { id } } }"), fetch)),
            nested("products", (leaf("stars"),), "??"),
            nested("me", (favorite,), "?", typename="User"),
        )
        result = await shop.run(plan)
        assert result.data == {
            "products": [{"stars": 1}, {"stars": 2}, {"stars": 1}],
            "me": {"favorite": {"note": "note 1"}},
        }
        assert len(shop.reviews.requests) == 1

    async def test_several_paths_share_one_list(self, shop: Shop) -> None:
        path = (PathStep("me"), PathStep("favorite"))
        plan = query(
            Sequence((root_fetch("{ products { id } me { favorite { id } } }"), entity_fetch("stars", PRODUCTS, path))),
            nested("me", (nested("favorite", (leaf("stars"),), "!"),), "?", typename="User"),
        )
        result = await shop.run(plan)
        assert result.data == {"me": {"favorite": {"stars": 1}}}
        assert [len(sent) for sent in shop.sent_representations()] == [2]

    async def test_only_used_variables_are_sent(self, shop: Shop) -> None:
        call = EntityFetch(
            "_entities", "representations", (PRODUCTS,), (Representation(None, "Product", (Field("id"),)),)
        )
        operation = (
            "query($representations: [_Any!]!, $locale: String) { _entities(representations: $representations) "
            "{ ... on Product { label(locale: $locale) } } }"
        )
        fetch = Fetch(2, "reviews", "query", operation, None, variables=("locale", "absent"), entities=(call,))
        plan = query(Sequence((root_fetch("{ products { id } }"), fetch)), nested("products", (leaf("label"),), "??"))
        result = await shop.run(plan, locale="nb", secret="x")
        assert result.data == {"products": [{"label": "nb"}] * 3}
        assert set(shop.reviews.requests[0]["variables"]) == {"locale", "representations"}
        assert "variables" not in shop.products.requests[0]

    async def test_headers_are_those_for_the_subgraph(self, shop: Shop) -> None:
        await shop.run(query(root_fetch("{ me { id } }"), leaf("me")))
        assert shop.products.headers[0]["x-for"] == "products"

    async def test_mutations_run_one_after_another(self, shop: Shop) -> None:
        order: list[str] = []

        def change(name: str) -> Callable[[Any], Any]:
            def resolve(_info: Any) -> Any:
                order.append(name)
                return {"id": name}

            return resolve

        shop.root |= {"first": change("first"), "second": change("second")}
        fetches = tuple(
            Fetch(number, "products", "mutation", f"mutation {{ {name} {{ id }} }}", None)
            for number, name in enumerate(("second", "first"))
        )
        output = OutputSelection(
            (("Mutation", tuple(nested(name, (leaf("id"),), "?") for name in ("second", "first"))),)
        )
        result = await shop.run(QueryPlan("mutation", Sequence(fetches), output))
        assert order == ["second", "first"]
        assert result.data == {"second": {"id": "second"}, "first": {"id": "first"}}

    async def test_parallel_root_fetches_merge_deeply(self, shop: Shop) -> None:
        plan = query(
            Parallel((root_fetch("{ products { id } me { id } }"), root_fetch("{ products { name } }", 2))),
            nested("products", (leaf("id"), leaf("name", non_null=True)), "??"),
        )
        result = await shop.run(plan)
        assert result.data is not None
        assert result.data["products"][1] == {"id": "2", "name": "Desk"}

    async def test_a_condition_decides_whether_a_step_runs(self, shop: Shop) -> None:
        conditions = (Condition("wanted", expected=True), Condition("unwanted", expected=False))
        step = ConditionNode(conditions, entity_fetch("stars", PRODUCTS))
        output = nested("products", (replace(leaf("stars"), conditions=(conditions,)), leaf("id")), "??")
        plan = query(Sequence((root_fetch("{ products { id } }"), step)), output)
        there = await shop.run(plan, wanted=True, unwanted=False)
        assert there.data == {"products": [{"stars": n, "id": str(n)} for n in (1, 2, 1)]}
        assert len(shop.reviews.requests) == 1
        for wanted, unwanted in ((True, True), (False, False)):
            gone = await shop.run(plan, wanted=wanted, unwanted=unwanted)
            assert gone.data == {"products": [{"id": "1"}, {"id": "2"}, {"id": "1"}]}
        assert len(shop.reviews.requests) == 1

    async def test_fetches_are_recorded(self, shop: Shop) -> None:
        plan = query(
            Sequence((root_fetch("{ products { id } }"), entity_fetch("stars", PRODUCTS))),
            nested("products", (leaf("stars"),), "??"),
        )
        await shop.run(plan)
        assert [(item.subgraph, item.representations, item.duration, item.status) for item in shop.records] == [
            ("products", 0, 1.0, 200),
            ("reviews", 2, 1.0, 200),
        ]

    async def test_what_comes_later_at_a_path_walked_before_is_found(self, shop: Shop) -> None:
        below = (*PRODUCTS, PathStep("details"))
        favorite = (PathStep("me"), PathStep("favorite"))
        by_weight = Representation(None, "Product", (Field("id", alias="weight"),))

        def ask(number: int, *paths: tuple[PathStep, ...]) -> Fetch:
            fetch = entity_fetch("stars", *paths, number=number)
            return replace(fetch, entities=(replace(fetch.entities[0], representations=(by_weight,)),))

        plan = query(
            Sequence(
                (
                    root_fetch("{ products { id } }"),
                    ask(2, below),
                    entity_fetch("details { weight }", PRODUCTS, number=3),
                    ask(4, below),
                    entity_fetch("note", favorite, number=5),
                    root_fetch("{ me { favorite { id } } }", 6),
                    entity_fetch("note", favorite, number=7),
                )
            ),
            nested("products", (nested("details", (leaf("stars"),), "?"),), "??"),
            nested("me", (nested("favorite", (leaf("note"),), "!"),), "?", typename="User"),
        )
        result = await shop.run(plan)
        assert result.data == {
            "products": [{"details": {"stars": 7}}] * 3,
            "me": {"favorite": {"note": "note 1"}},
        }
        assert [record.fetch_id for record in shop.records] == [1, 3, 4, 6, 7]

    async def test_places_that_ask_differently_below_a_shared_entity_stay_apart(self, shop: Shop) -> None:
        users = ((PathStep("me"), PathStep("favorite")), (PathStep("lead"), PathStep("favorite")))
        details = [(*path, PathStep("details")) for path in users]

        def below(number: int, path: tuple[PathStep, ...], locale: str) -> Fetch:
            fetch = entity_fetch(f'text: label(locale: "{locale}")', path, number=number, keys=(Field("weight"),))
            representation = Representation(None, "Product", (Field("id", alias="weight"),))
            call = replace(fetch.entities[0], representations=(representation,))
            return replace(fetch, entities=(call,))

        plan = query(
            Sequence(
                (
                    root_fetch("{ me { favorite { id } } lead { favorite { id } } }"),
                    entity_fetch("details { weight }", *users),
                    Parallel((below(3, details[0], "nb"), below(4, details[1], "de"))),
                )
            ),
            *(
                nested(
                    key, (nested("favorite", (nested("details", (leaf("text"),), "?"),), "!"),), "?", typename="User"
                )
                for key in ("me", "lead")
            ),
        )
        result = await shop.run(plan)
        assert result.data == {
            "me": {"favorite": {"details": {"text": "nb"}}},
            "lead": {"favorite": {"details": {"text": "de"}}},
        }


class TestFailures:
    def plan(self, *fields: OutputField, shape: str = "??") -> QueryPlan:
        steps = Sequence((root_fetch("{ products { id } }"), entity_fetch("stars note", PRODUCTS)))
        return query(steps, nested("products", (leaf("id"), *fields), shape))

    async def test_a_failed_entity_is_null_at_every_place_with_an_error_there(self, shop: Shop) -> None:
        def resolve(item: dict[str, Any]) -> Any:
            if item["id"] == "1":
                raise ValueError("no stars")
            return {"stars": 2}

        shop.resolve = resolve
        plan = query(
            Sequence((root_fetch("{ products { id } }"), entity_fetch("stars", PRODUCTS))),
            nested("products", (leaf("id"), leaf("stars")), "??"),
        )
        result = await shop.run(plan)
        assert result.data == {
            "products": [{"id": "1", "stars": None}, {"id": "2", "stars": 2}, {"id": "1", "stars": None}]
        }
        assert result.errors == [
            {"message": "no stars", "path": ["products", index], "extensions": {"service": "reviews"}}
            for index in (0, 2)
        ]

    async def test_the_path_of_a_field_is_led_back_to_the_clients_key(self, shop: Shop) -> None:
        def fail(_info: Any) -> Any:
            raise ValueError("no")

        shop.resolve = lambda item: {"stars": fail if item["id"] == "2" else 5}
        plan = query(
            Sequence((root_fetch("{ products { id } }"), entity_fetch("_internal: stars", PRODUCTS))),
            nested("products", (leaf("rating", source="_internal", name="stars"),), "??"),
        )
        result = await shop.run(plan)
        assert result.errors[0]["path"] == ["products", 1, "rating"]
        assert result.data == {"products": [{"rating": 5}, {"rating": None}, {"rating": 5}]}

    async def test_a_root_error_keeps_message_code_and_loses_locations(self, shop: Shop) -> None:
        def fail(_info: Any) -> Any:
            raise GraphQLError("not you", extensions={"code": "FORBIDDEN"})

        shop.root["failing"] = fail
        result = await shop.run(query(root_fetch("{ failing { id } }"), nested("failing", (leaf("id"),), "?")))
        assert result.data == {"failing": None}
        assert result.errors == [
            {"message": "not you", "path": ["failing"], "extensions": {"code": "FORBIDDEN", "service": "products"}}
        ]

    async def test_missing_non_null_values_of_a_failed_fetch_go_up_silently(self, shop: Shop) -> None:
        async def broken(*_: Any) -> None:
            raise RuntimeError("secret detail")

        shop.transport = AsgiTransport({"products": shop.products, "reviews": broken})
        result = await shop.run(self.plan(leaf("note", non_null=True)))
        assert result.data == {"products": [None, None, None]}
        assert [error["extensions"] for error in result.errors] == [
            {"code": "SUBGRAPH_UNAVAILABLE", "service": "reviews"}
        ]
        assert "secret" not in str(result.errors)
        failure = shop.records[1].failure
        assert failure is not None
        assert isinstance(failure.__cause__, RuntimeError)

    async def test_nulls_go_up_to_the_root(self, shop: Shop) -> None:
        async def broken(*_: Any) -> None:
            raise RuntimeError

        shop.transport = AsgiTransport({"products": shop.products, "reviews": broken})
        result = await shop.run(self.plan(leaf("note", non_null=True), shape="!!"))
        assert result.data is None
        assert len(result.errors) == 1

    async def test_an_unexplained_null_is_an_error_with_its_path(self, shop: Shop) -> None:
        shop.root["products"] = [{"id": "1", "big": None}]
        plan = query(root_fetch("{ products { id big } }"), nested("products", (leaf("big", non_null=True),), "??"))
        result = await shop.run(plan)
        assert result.data == {"products": [None]}
        assert [(error["message"], error["path"]) for error in result.errors] == [
            ("Cannot return null for non-nullable field Product.big.", ["products", 0, "big"])
        ]

    async def test_a_null_may_be_explained_by_an_error_without_a_path(self, shop: Shop) -> None:
        async def app(_scope: Any, _receive: Any, send: Any) -> None:
            body = b'{"data":{"products":[{"big":null}]},"errors":[{"message":"no","locations":[],"path":null}]}'
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": body})

        shop.transport = AsgiTransport({"products": app})
        plan = query(root_fetch("{ products { big } }"), nested("products", (leaf("big", non_null=True),), "??"))
        result = await shop.run(plan)
        assert result.data == {"products": [None]}
        assert result.errors == [{"message": "no", "extensions": {"service": "products"}}]

    async def test_an_entity_that_is_null_leaves_nulls(self, shop: Shop) -> None:
        shop.resolve = lambda item: None if item["id"] == "1" else {"stars": 2}
        plan = query(
            Sequence((root_fetch("{ products { id } }"), entity_fetch("stars", PRODUCTS))),
            nested("products", (leaf("stars"),), "??"),
        )
        result = await shop.run(plan)
        assert (result.data, result.errors) == ({"products": [{"stars": None}, {"stars": 2}, {"stars": None}]}, [])

    async def test_too_many_representations_are_refused_not_sent(self, shop: Shop) -> None:
        result = await shop.run(self.plan(leaf("stars")), ExecutionLimits(representations=1))
        assert result.errors[0]["extensions"] == {"code": "OPERATION_LIMIT_EXCEEDED", "service": "reviews"}
        assert shop.reviews.requests == []
        assert result.data == {"products": [{"id": number, "stars": None} for number in ("1", "2", "1")]}

    async def test_a_response_beyond_the_limit_is_a_failure(self, shop: Shop) -> None:
        shop.root["products"] = [{"id": "1" * 1000}]
        result = await shop.run(self.plan(leaf("stars")), ExecutionLimits(response_bytes=500))
        assert result.data == {"products": None}
        assert result.errors[0]["extensions"]["code"] == "SUBGRAPH_UNAVAILABLE"

    async def test_errors_are_bounded(self, shop: Shop) -> None:
        shop.root["products"] = [{"id": str(number % 2), "big": None} for number in range(100)]

        def resolve(_item: dict[str, Any]) -> Any:
            raise ValueError("no")

        shop.resolve = resolve
        result = await shop.run(self.plan(leaf("stars")), ExecutionLimits(errors=7))
        assert len(result.errors) == 7
