"""What claims do not permit is null with an error, or refused; and is never asked of a subgraph."""

from collections.abc import Callable
from typing import Any

import pytest

from entrepot.router.config import AuthorizationConfig, RouterConfig
from tests.support.asgi_client import Answer, AsgiClient
from tests.support.clock import ManualClock
from tests.support.small_graph import SmallGraph
from tests.support.tokens import bearer

CODE = "UNAUTHORIZED_FIELD_OR_TYPE"


def refused(answer: Answer) -> list[list[Any]]:
    """The paths of the authorization errors; there must be no other errors."""
    errors = answer.json.get("errors", [])
    assert {error["extensions"]["code"] for error in errors} <= {CODE}
    return [error["path"] for error in errors]


class TestFilter:
    async def test_authenticated(self, client: AsgiClient, clock: ManualClock, graph: SmallGraph) -> None:
        answer = await client.query("{ secret }")
        assert (answer.status, answer.json["data"], refused(answer)) == (200, {"secret": None}, [["secret"]])
        assert graph.asked == []
        assert (await client.query("{ secret }", headers=bearer(clock))).json == {"data": {"secret": "the cake"}}

    @pytest.mark.parametrize(
        ("scopes", "is_permitted"),
        [([], False), (["people:read"], False), (["people:write"], True), (["admin"], True), (["admin:x"], False)],
    )
    async def test_scopes_are_an_or_of_ands(
        self, client: AsgiClient, clock: ManualClock, graph: SmallGraph, *, scopes: list[str], is_permitted: bool
    ) -> None:
        answer = await client.query('mutation { fire(id: "2") }', headers=bearer(clock, scopes=scopes))
        assert answer.json["data"] == {"fire": True if is_permitted else None}
        assert ("2" in graph.people) is not is_permitted

    async def test_a_protected_type_protects_every_field_that_returns_it(
        self, client: AsgiClient, clock: ManualClock
    ) -> None:
        answer = await client.query("{ vault { gold } }")
        assert (answer.json["data"], refused(answer)) == ({"vault": None}, [["vault"]])
        permitted = await client.query("{ vault { gold } }", headers=bearer(clock, scopes=["vault:open"]))
        assert permitted.json == {"data": {"vault": {"gold": 7}}}

    async def test_policies(self, client: AsgiClient, clock: ManualClock) -> None:
        headers = bearer(clock, policies=["payroll"])
        assert (await client.query("{ me { salary } }", headers=headers)).json == {"data": {"me": {"salary": 1000}}}

    async def test_a_field_that_requires_a_protected_one_is_as_protected(
        self, client: AsgiClient, clock: ManualClock, graph: SmallGraph
    ) -> None:
        answer = await client.query("{ me { name greeting } }", headers=bearer(clock))
        assert answer.json["data"] == {"me": {"name": "Ada", "greeting": None}}
        assert refused(answer) == [["me", "greeting"]]
        assert not any("email" in asked for asked in graph.asked)
        permitted = await client.query("{ me { greeting } }", headers=bearer(clock, scopes=["people:read"]))
        assert permitted.json == {"data": {"me": {"greeting": "Dear ada@example.org"}}}

    async def test_a_non_null_field_takes_its_parent_with_it_and_has_one_error(self, client: AsgiClient) -> None:
        answer = await client.query("{ me { name salary } }")
        assert (answer.json["data"], refused(answer)) == ({"me": None}, [["me", "salary"]])

    async def test_in_a_list_of_non_null_items_it_goes_up_to_the_root(self, client: AsgiClient) -> None:
        answer = await client.query("{ people { name salary } }")
        assert (answer.json["data"], refused(answer)) == (None, [["people", "salary"]])

    async def test_an_object_of_which_nothing_is_left_is_still_there(
        self, client: AsgiClient, graph: SmallGraph
    ) -> None:
        answer = await client.query("{ me { email } }")
        assert (answer.json["data"], refused(answer)) == ({"me": {"email": None}}, [["me", "email"]])
        assert not any("email" in asked for asked in graph.asked)

    async def test_a_mutation_runs_though_what_it_answers_is_hidden(
        self, client: AsgiClient, graph: SmallGraph
    ) -> None:
        answer = await client.query('mutation { rename(id: "1", name: "Z") { email } }')
        assert answer.json["data"] == {"rename": {"email": None}}
        assert graph.people["1"]["name"] == "Z"

    async def test_an_interface_field_is_hidden_for_the_types_that_protect_it(
        self, client: AsgiClient, clock: ManualClock
    ) -> None:
        query = "{ nodes { id serial __typename } }"
        answer = await client.query(query)
        assert answer.json["data"]["nodes"] == [
            {"id": "1", "serial": "P-1", "__typename": "Person"},
            {"id": "r1", "serial": None, "__typename": "Robot"},
        ]
        assert list(answer.json["data"]["nodes"][1]) == ["id", "serial", "__typename"]
        assert refused(answer) == [["nodes", "serial"]]
        permitted = await client.query(query, headers=bearer(clock))
        assert permitted.json["data"]["nodes"][1]["serial"] == "R-1"

    async def test_a_fragment_on_a_type_hides_only_there(self, client: AsgiClient) -> None:
        answer = await client.query("{ nodes { ... on Robot { serial } ... on Person { name } } }")
        assert answer.json["data"]["nodes"] == [{"name": "Ada"}, {"serial": None}]

    async def test_named_fragments_and_aliases_keep_their_paths_and_order(self, client: AsgiClient) -> None:
        query = """
          query { boss: me { a: name mail: email b: id ...More } }
          fragment More on Person { post: email c: serial }
        """
        answer = await client.query(query)
        assert list(answer.json["data"]["boss"]) == ["a", "mail", "b", "post", "c"]
        assert refused(answer) == [["boss", "mail"], ["boss", "post"]]

    async def test_a_skipped_field_has_neither_null_nor_error(self, client: AsgiClient) -> None:
        query = """
          query($with: Boolean!, $without: Boolean!) {
            me { name email @include(if: $with) ... @skip(if: $without) { post: email } }
            secret @include(if: $with)
          }
        """
        hidden = await client.query(query, {"with": False, "without": True})
        assert hidden.json == {"data": {"me": {"name": "Ada"}}}
        shown = await client.query(query, {"with": True, "without": False})
        assert shown.json["data"] == {"me": {"name": "Ada", "email": None, "post": None}, "secret": None}
        assert refused(shown) == [["me", "email"], ["me", "post"], ["secret"]]

    async def test_a_field_below_a_skipped_one_has_no_error(self, client: AsgiClient) -> None:
        answer = await client.query("query($on: Boolean!) { me @include(if: $on) { email } }", {"on": False})
        assert answer.json == {"data": {}}

    async def test_a_subscription_is_filtered_at_every_event(self, client: AsgiClient) -> None:
        headers = {"accept": "text/event-stream"}
        answer = await client.query("subscription { renamed { name email } }", headers=headers)
        assert b'"name":"Grace","email":null' in answer.body
        assert CODE.encode() in answer.body

    async def test_callers_with_other_claims_get_their_own_view(self, client: AsgiClient, clock: ManualClock) -> None:
        query = "{ me { email } secret }"
        reader = bearer(clock, scopes=["people:read"])
        for _ in range(2):
            assert (await client.query(query)).json["data"] == {"me": {"email": None}, "secret": None}
            assert (await client.query(query, headers=bearer(clock))).json["data"]["secret"] == "the cake"
            assert (await client.query(query, headers=reader)).json["data"]["me"]["email"] == "ada@example.org"


class TestReject:
    @pytest.fixture
    def client(self, build_client: Callable[..., AsgiClient]) -> AsgiClient:
        return build_client(RouterConfig(authorization=AuthorizationConfig(mode="reject")))

    async def test_one_forbidden_field_refuses_the_whole(self, client: AsgiClient, graph: SmallGraph) -> None:
        answer = await client.query("{ me { name email } secret }")
        assert (answer.status, answer.codes) == (403, [CODE, CODE])
        assert refused(answer) == [["me", "email"], ["secret"]]
        assert "data" not in answer.json
        assert graph.asked == []

    async def test_what_is_permitted_runs(self, client: AsgiClient, clock: ManualClock) -> None:
        assert (await client.query("{ me { name } }")).status == 200
        assert (await client.query("{ secret }", headers=bearer(clock))).json == {"data": {"secret": "the cake"}}
