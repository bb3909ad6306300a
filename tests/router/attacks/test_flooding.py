"""Floods: each limit passes an operation just under it, refuses one just over it, and counts the refusal."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from graphql import get_introspection_query

from entrepot.router.config import BatchingConfig, LimitsConfig, PlannerConfig, RouterConfig
from entrepot.router.web.http.negotiate import check_content_type, negotiate
from tests.support.asgi_client import Answer, AsgiClient

BuildClient = Callable[..., AsgiClient]

DEEP = "query ($filter: PersonFilter) { people(filter: $filter) { id } }"
FILTER: dict[str, Any] = {"filter": {"minimumAge": 1, "name": "x" * 40}}


CASES: dict[str, tuple[LimitsConfig, dict[str, Any], dict[str, Any]]] = {
    # what is flooded: the limits, a request just under them, and one just over
    "aliases": (
        LimitsConfig(max_aliases=3),
        {"query": "{ a: __typename b: __typename c: __typename }"},
        {"query": "{ a: __typename b: __typename c: __typename d: __typename }"},
    ),
    "fields": (LimitsConfig(max_fields=3), {"query": "{ me { id name } }"}, {"query": "{ me { id name serial } }"}),
    "root fields": (
        LimitsConfig(max_root_fields=1),
        {"query": "{ me { id } }"},
        {"query": "{ me { id } nodes { id } }"},
    ),
    "depth": (
        LimitsConfig(max_depth=2),
        {"query": "{ me { id } }"},
        {"query": "{ me { notes { text } } }"},
    ),
    "field pairs": (
        LimitsConfig(max_overlapping_field_pairs=1),
        {"query": "{ me { id id } }"},
        {"query": "{ me { id id id } }"},
    ),
    "directives": (
        LimitsConfig(max_directives=2),
        {"query": "{ me @skip(if: false) { id @include(if: true) } }"},
        {"query": "{ me @skip(if: false) { id @include(if: true) name @skip(if: false) } }"},
    ),
    "directives in fragments": (
        LimitsConfig(max_directives=3),
        {"query": "{ me { ...A } } fragment A on Person { id @skip(if: false) }"},
        {"query": "{ me { ...A notes { author { ...A ...A ...A } } } } fragment A on Person { id @skip(if: false) }"},
    ),
    "directives at one place": (
        LimitsConfig(max_directives_per_location=2),
        {"query": "{ me { id @skip(if: false) @include(if: true) } }"},
        {"query": "{ me { id @skip(if: false) @include(if: true) @include(if: true) } }"},
    ),
    "directives at a fragment spread": (
        LimitsConfig(max_directives_per_location=1),
        {"query": "{ me { ...A @skip(if: false) } } fragment A on Person { id }"},
        {"query": "{ me { ...A @skip(if: false) @include(if: true) } } fragment A on Person { id }"},
    ),
    "entries of a list in a variable": (
        LimitsConfig(max_argument_list_items=3),
        {"query": "{ __typename }", "variables": {"ids": [1, 2, 3]}},
        {"query": "{ __typename }", "variables": {"ids": [1, 2, 3, 4]}},
    ),
    "bytes of variables": (
        LimitsConfig(max_variables_bytes=86),
        {"query": DEEP, "variables": FILTER},
        {"query": DEEP, "variables": {"filter": {"minimumAge": 1, "name": "x" * 41}}},
    ),
    "depth of variables": (
        LimitsConfig(max_variables_depth=2),
        {"query": DEEP, "variables": FILTER},
        {"query": "{ __typename }", "variables": {"a": {"b": {"c": 1}}}},
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_just_under_passes_and_just_over_is_refused(build_client: BuildClient, name: str) -> None:
    limits, under, over = CASES[name]
    client = build_client(RouterConfig(limits=limits))
    passed = (await client.post(under)).json
    assert "errors" not in passed
    refused = await client.post(over, headers={"accept": "application/graphql-response+json"})
    assert (refused.status, refused.codes) == (400, ["OPERATION_LIMIT_EXCEEDED"])
    assert refused.json["errors"][0]["extensions"]["allowed"] >= 1
    assert client.app.security.counts == {("limit_exceeded", "OPERATION_LIMIT_EXCEEDED"): 1}


async def test_lists_that_are_written_in_the_document_count_too(build_client: BuildClient) -> None:
    client = build_client(RouterConfig(limits=LimitsConfig(max_argument_list_items=2)))
    # Three entries where one value is expected: refused for their number before validation looks at them.
    refused = await client.query("{ people(first: [1, 2, 3]) { id } }")
    assert refused.codes == ["OPERATION_LIMIT_EXCEEDED"]
    default = await client.query("query ($ids: [Int!] = [1, 2, 3]) { people(first: $ids) { id } }")
    assert default.codes == ["OPERATION_LIMIT_EXCEEDED"]
    assert (await client.query("{ people(first: [1, 2]) { id } }")).codes == ["GRAPHQL_VALIDATION_FAILED"]


class TestCaches:
    """F5 c: the head is measured before anything of it is cached, and long values are not cached."""

    async def test_of_accept(self, build_client: BuildClient) -> None:
        client = build_client(RouterConfig(limits=LimitsConfig(max_header_bytes=10_000)))
        before = negotiate.cache_info()
        for number in range(20):
            for size, status in ((20_000, 431), (5_000, 406)):
                headers = {"accept": f"a/b{number}," + "x" * size}
                assert (await client.query("{ __typename }", headers=headers)).status == status
        after = negotiate.cache_info()
        assert (after.currsize - before.currsize, after.misses - before.misses) <= (1, 1)

    async def test_of_content_types(self, build_client: BuildClient) -> None:
        client = build_client()
        before = check_content_type.cache_info()
        for number in range(20):
            headers = {"content-type": f"application/json; x{number}=" + "x" * 5_000}
            assert (await client.query("{ __typename }", headers=headers)).status == 200
        assert check_content_type.cache_info().currsize == before.currsize


class TestBytes:
    async def test_of_the_body(self, build_client: BuildClient) -> None:
        body = json.dumps({"query": "{ __typename }"}).encode()
        client = build_client(RouterConfig(limits=LimitsConfig(max_body_bytes=len(body))))
        assert (await client.post(body=body)).status == 200
        refused = await client.post(body=body + b" ")
        assert (refused.status, refused.codes) == (413, ["PAYLOAD_TOO_LARGE"])
        assert client.app.security.counts["limit_exceeded", "PAYLOAD_TOO_LARGE"] == 1

    async def test_of_the_query_string(self, build_client: BuildClient) -> None:
        client = build_client(RouterConfig(limits=LimitsConfig(max_query_string_bytes=len("query=%7B__typename%7D"))))
        assert (await client.get({"query": "{__typename}"})).status == 200
        refused = await client.get({"query": "{__typename }"})
        assert (refused.status, refused.codes) == (413, ["PAYLOAD_TOO_LARGE"])

    async def test_of_the_headers(self, build_client: BuildClient) -> None:
        client = build_client(RouterConfig(limits=LimitsConfig(max_header_bytes=1000)))
        sent = {**client.headers, "content-type": "application/json", "x-padding": ""}
        left = 1000 - sum(len(name) + len(value) for name, value in sent.items())
        assert (await client.query("{ __typename }", headers={"x-padding": "x" * left})).status == 200
        refused = await client.query("{ __typename }", headers={"x-padding": "x" * (left + 1)})
        assert (refused.status, refused.codes) == (431, ["HEADERS_TOO_LARGE"])
        assert client.app.security.counts["limit_exceeded", "HEADERS_TOO_LARGE"] == 1

    async def test_of_the_answer(self, build_client: BuildClient) -> None:
        answer = b'{"data":{"me":{"name":"Ada"}}}'
        for limit, is_sent in ((len(answer), True), (len(answer) - 1, False)):
            client = build_client(RouterConfig(limits=LimitsConfig(max_response_bytes=limit)))
            answered = await client.query("{ me { name } }")
            assert answered.status == 200
            assert (answered.body == answer) is is_sent
            if not is_sent:
                assert (answered.codes, answered.json["data"]) == (["RESPONSE_TOO_LARGE"], None)
                assert client.app.security.counts["limit_exceeded", "RESPONSE_TOO_LARGE"] == 1

    async def test_of_the_parts_of_an_answer_together(self, build_client: BuildClient) -> None:
        query = "{ people { name ... @defer { notes { text } } } }"
        accept = {"accept": "multipart/mixed;incrementalSpec=v0.2, application/json"}
        whole = (await build_client().query(query, headers=accept)).body
        client = build_client(RouterConfig(limits=LimitsConfig(max_response_bytes=150)))
        cut = (await client.query(query, headers=accept)).body
        first = whole[: whole.index(b"\r\n---", 10)]
        assert cut.startswith(first)
        assert b"RESPONSE_TOO_LARGE" in cut
        assert b"note of" not in cut
        assert cut.endswith(b'"hasNext":false}\r\n-----\r\n')
        assert client.app.security.counts["limit_exceeded", "RESPONSE_TOO_LARGE"] == 1

    async def test_of_each_event_of_a_stream(self, build_client: BuildClient) -> None:
        query = "subscription { ticks(count: 3) { number } }"
        client = build_client(RouterConfig(limits=LimitsConfig(max_response_bytes=20)))
        answer = await client.query(query, headers={"accept": "text/event-stream"})
        assert answer.body.count(b"RESPONSE_TOO_LARGE") == 3
        assert b"event: complete" in answer.body
        assert client.app.security.counts["limit_exceeded", "RESPONSE_TOO_LARGE"] == 3


class TestBatches:
    """Many guesses in one request: counted one by one, bounded together."""

    GUESS = "mutation ($name: String!) { rename(id: 1, name: $name) { id } }"

    def build(self, build_client: BuildClient, **limits: int) -> AsgiClient:
        batching = BatchingConfig(enabled=True, max_requests=3)
        return build_client(RouterConfig(batching=batching, limits=LimitsConfig(**limits)))

    async def test_a_batch_may_hold_only_so_many(self, build_client: BuildClient) -> None:
        client = self.build(build_client)
        one = {"query": "{ __typename }"}
        assert len((await client.post([one] * 3)).json) == 3
        refused = await client.post([one] * 4)
        assert (refused.status, refused.codes) == (400, ["BATCH_REFUSED"])
        assert client.app.security.counts["limit_exceeded", "BATCH_REFUSED"] == 1

    async def test_guesses_by_alias_and_by_batch_meet_the_same_limit(self, build_client: BuildClient) -> None:
        client = self.build(build_client, max_root_fields=4)
        two = {"query": 'mutation { a: rename(id: 1, name: "a") { id } b: rename(id: 1, name: "b") { id } }'}
        assert all("errors" not in answer for answer in (await client.post([two] * 2)).json)
        refused = await client.post([two] * 3)
        assert refused.codes == ["BATCH_REFUSED"]

    async def test_without_batching_none_is_accepted(self, client: AsgiClient) -> None:
        refused = await client.post([{"query": "{ __typename }"}])
        assert (refused.status, refused.codes) == (400, ["BATCH_REFUSED"])


HOSTILE = {
    "circular fragments": (
        "{ me { ...A } } fragment A on Person { id ...B } fragment B on Person { name ...A }",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "deep introspection": (
        "{ __schema { types { " + "fields { type { " * 20 + "name" + "}}" * 20 + "}}}",
        "OPERATION_LIMIT_EXCEEDED",
    ),
    "wide introspection": (
        "{" + " ".join(f"a{n}: __schema {{ types {{ name }} }}" for n in range(300)) + "}",
        "OPERATION_LIMIT_EXCEEDED",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_documents_are_refused(build_client: BuildClient, name: str) -> None:
    query, code = HOSTILE[name]
    client = build_client(RouterConfig(limits=LimitsConfig(max_depth=30, max_root_fields=200)))
    assert (await client.query(query)).codes == [code]


async def test_an_operation_that_would_take_forever_to_plan_is_refused(build_client: BuildClient) -> None:
    client = build_client(RouterConfig(planner=PlannerConfig(max_steps=20)))
    inner = "id name email notes { text }"
    answer: Answer = await client.query("{" + " ".join(f"a{n}: me {{ {inner} }}" for n in range(40)) + "}")
    assert answer.codes == ["QUERY_PLAN_TOO_COMPLEX"]
    assert client.app.security.counts["limit_exceeded", "QUERY_PLAN_TOO_COMPLEX"] == 1


async def test_an_ordinary_introspection_passes(client: AsgiClient) -> None:
    assert "errors" not in (await client.query(get_introspection_query())).json
