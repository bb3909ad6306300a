"""GraphQL over HTTP as clients see it: methods, media types, parameters, statuses."""

import asyncio
import json
import re
from collections.abc import Callable

import pytest

from entrepot.router.config import CsrfConfig, ExplorerConfig, LimitsConfig, RouterConfig, TimeoutsConfig
from tests.support.asgi_client import AsgiClient
from tests.support.small_graph import SmallGraph

JSON = "application/json"
RESPONSE = "application/graphql-response+json"
NAME = {"data": {"me": {"name": "Ada"}}}
QUERY = "{ me { name } }"


class TestNegotiation:
    @pytest.mark.parametrize(
        ("accept", "answered"),
        [
            (None, JSON),
            ("*/*", JSON),
            ("application/*", JSON),
            (JSON, JSON),
            (RESPONSE, RESPONSE),
            (f"{RESPONSE}; charset=utf-8", RESPONSE),
            (f"{RESPONSE}, {JSON};q=0.9", RESPONSE),
            (f"{JSON}, {RESPONSE}", RESPONSE),
            (f"{JSON}, {RESPONSE};q=0.5", JSON),
            (f"{RESPONSE};q=0, */*", JSON),
            (f"{RESPONSE}, text/event-stream, multipart/mixed", RESPONSE),
            ("text/html, */*;q=0.1", JSON),
        ],
    )
    async def test_the_answer_has_the_type_that_is_liked_best(
        self, client: AsgiClient, accept: str | None, answered: str
    ) -> None:
        answer = await client.query(QUERY, headers={"accept": accept})
        assert (answer.status, answer.headers["content-type"]) == (200, f"{answered}; charset=utf-8")
        assert answer.json == NAME

    @pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "text/*", "multipart/mixed"])
    async def test_nothing_acceptable_is_406(self, client: AsgiClient, accept: str) -> None:
        answer = await client.query(QUERY, headers={"accept": accept})
        assert (answer.status, answer.codes) == (406, ["NOT_ACCEPTABLE"])

    async def test_the_406_names_types_that_are_accepted(self, client: AsgiClient) -> None:
        refused = await client.query(QUERY, headers={"accept": "multipart/mixed"})
        (message,) = [error["message"] for error in refused.json["errors"]]
        named = re.findall(r"`([\w-]+/[\w+-]+)`", message)
        parameters = re.findall(r"`(\w+=[\w.]+)`", message)
        assert set(named) == {RESPONSE, JSON, "text/event-stream", "multipart/mixed"}
        accepted = [RESPONSE, JSON, "text/event-stream", *(f"multipart/mixed;{each}" for each in parameters)]
        assert len(accepted) == 6
        for accept in accepted:
            assert (await client.query(QUERY, headers={"accept": accept})).status == 200, accept

    async def test_a_subscription_needs_a_type_for_streams(self, client: AsgiClient) -> None:
        answer = await client.query("subscription { ticks(count: 1) { number } }", headers={"accept": RESPONSE})
        assert (answer.status, answer.codes) == (406, ["NOT_ACCEPTABLE"])
        assert "text/event-stream" in answer.json["errors"][0]["message"]


class TestContentType:
    @pytest.mark.parametrize(
        "content_type",
        [JSON, "application/json; charset=utf-8", "application/json;charset=UTF-8;a=b", "Application/JSON"],
    )
    async def test_json_in_utf8_is_read(self, client: AsgiClient, content_type: str) -> None:
        assert (await client.post({"query": QUERY}, headers={"content-type": content_type})).json == NAME

    @pytest.mark.parametrize(
        "content_type",
        [
            None,
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=latin-1",
            "application/graphql",
        ],
    )
    async def test_anything_else_is_415(self, client: AsgiClient, content_type: str | None) -> None:
        answer = await client.post({"query": QUERY}, headers={"content-type": content_type})
        assert (answer.status, answer.codes) == (415, ["UNSUPPORTED_MEDIA_TYPE"])

    async def test_an_upload_is_refused_by_name(self, client: AsgiClient) -> None:
        answer = await client.post(body=b"--x", headers={"content-type": "multipart/form-data; boundary=x"})
        assert answer.status == 415
        assert "Uploads" in answer.json["errors"][0]["message"]

    async def test_a_compressed_body_is_415(self, client: AsgiClient) -> None:
        assert (await client.post({"query": QUERY}, headers={"content-encoding": "gzip"})).status == 415


class TestMethods:
    async def test_a_query_by_get(self, client: AsgiClient) -> None:
        parameters = {
            "query": "query A($first: Int) { people(first: $first) { name } } query B { me { name } }",
            "operationName": "A",
            "variables": '{"first": 1}',
            "extensions": "{}",
        }
        assert (await client.get(parameters)).json == {"data": {"people": [{"name": "Ada"}]}}

    async def test_a_mutation_by_get_is_405_and_does_nothing(self, client: AsgiClient, graph: SmallGraph) -> None:
        answer = await client.get({"query": 'mutation { rename(id: "1", name: "X") { name } }'})
        assert (answer.status, answer.headers["allow"]) == (405, "POST")
        assert graph.asked == []

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
    async def test_other_methods_are_405_and_named(self, client: AsgiClient, method: str) -> None:
        answer = await client.send(method, "/graphql", {"content-type": JSON}, b"{}")
        assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")

    @pytest.mark.parametrize(
        "query_string",
        [
            "query=%ff",
            "query={me{name}}&query={__typename}",
            "query={__typename}&variables={",
            "query={__typename}&variables=[]",
        ],
    )
    async def test_a_query_string_that_cannot_be_read_is_400(self, client: AsgiClient, query_string: str) -> None:
        answer = await client.send("GET", "/graphql", query_string=query_string)
        assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])

    async def test_a_query_string_just_over_the_limit_is_413(self, build_client: Callable[..., AsgiClient]) -> None:
        query_string = "query={__typename}"
        for room, status in ((0, 200), (-1, 413)):
            limits = LimitsConfig(max_query_string_bytes=len(query_string) + room)
            client = build_client(RouterConfig(limits=limits))
            assert (await client.send("GET", "/graphql", query_string=query_string)).status == status


class TestParameters:
    @pytest.mark.parametrize("accept", [JSON, RESPONSE])
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"nonsense",
            b'"text"',
            b"3",
            b"null",
            b"{}",
            b'{"query": null}',
            b'{"query": 1}',
            b'{"query": {}}',
            b'{"query": "{ __typename }", "operationName": 1}',
            b'{"query": "{ __typename }", "operationName": []}',
            b'{"query": "{ __typename }", "variables": "x"}',
            b'{"query": "{ __typename }", "variables": [1]}',
            b'{"query": "{ __typename }", "extensions": 7}',
            b'{"query": "\xff"}',
            b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
        ],
    )
    async def test_what_is_no_graphql_request_is_400_in_both_types(
        self, client: AsgiClient, accept: str, body: bytes
    ) -> None:
        answer = await client.post(body=body, headers={"accept": accept})
        assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])
        assert "data" not in answer.json

    async def test_a_batch_is_refused_by_name(self, client: AsgiClient) -> None:
        answer = await client.post([{"query": QUERY}])
        assert answer.status == 400
        assert "Batches" in answer.json["errors"][0]["message"]

    async def test_nulls_and_unknown_parameters_are_passed_over(self, client: AsgiClient) -> None:
        content = {"query": QUERY, "operationName": None, "variables": None, "extensions": None, "id": 1}
        assert (await client.post(content)).json == NAME

    async def test_a_body_in_pieces_is_put_together(self, client: AsgiClient) -> None:
        body = json.dumps({"query": QUERY}).encode()
        answer = await client.send("POST", "/graphql", {"content-type": JSON}, [body[:5], body[5:9], body[9:]])
        assert answer.json == NAME

    @pytest.mark.parametrize("pieces", [1, 3])
    async def test_a_body_just_over_the_limit_is_413(
        self, build_client: Callable[..., AsgiClient], pieces: int
    ) -> None:
        body = json.dumps({"query": QUERY}).encode()
        step = -(-len(body) // pieces)
        for room, status in ((0, 200), (-1, 413)):
            client = build_client(RouterConfig(limits=LimitsConfig(max_body_bytes=len(body) + room)))
            chunks = [body[start : start + step] for start in range(0, len(body), step)]
            answer = await client.send("POST", "/graphql", {"content-type": JSON}, chunks)
            assert answer.status == status

    async def test_a_declared_length_over_the_limit_is_413_before_the_body_is_read(self, client: AsgiClient) -> None:
        exchange = client.open("POST", "/graphql", {"content-type": JSON, "content-length": "999999999"}, [])
        await exchange.run()
        assert exchange.messages[0]["status"] == 413

    async def test_integers_beyond_64_bits_reach_the_error_exactly(self, client: AsgiClient) -> None:
        number = 123456789012345678901234567890
        answer = await client.query("query($n: Int!) { people(first: $n) { id } }", {"n": number})
        assert str(number) in answer.json["errors"][0]["message"]


class TestRequestErrors:
    @pytest.mark.parametrize(
        ("query", "variables", "code"),
        [
            ("{", None, "GRAPHQL_PARSE_FAILED"),
            ("{ nothing }", None, "GRAPHQL_VALIDATION_FAILED"),
            ("query A { __typename } query B { __typename }", None, "OPERATION_RESOLUTION_FAILED"),
            ("query($n: Int!) { people(first: $n) { id } }", {"n": "x"}, "BAD_USER_INPUT"),
            ("query($n: Int!) { people(first: $n) { id } }", None, "BAD_USER_INPUT"),
        ],
    )
    async def test_the_status_depends_on_the_type(
        self, client: AsgiClient, query: str, variables: dict[str, object] | None, code: str
    ) -> None:
        for accept, status in ((JSON, 200), (RESPONSE, 400)):
            answer = await client.query(query, variables, headers={"accept": accept})
            assert (answer.status, answer.codes) == (status, [code])
            assert "data" not in answer.json

    async def test_a_syntax_error_has_its_location_beside_the_message(self, client: AsgiClient) -> None:
        error = (await client.query("{ me {")).json["errors"][0]
        assert error["locations"] == [{"line": 1, "column": 7}]

    async def test_all_validation_errors_are_listed_up_to_the_limit(
        self, build_client: Callable[..., AsgiClient]
    ) -> None:
        client = build_client(RouterConfig(limits=LimitsConfig(max_validation_errors=3)))
        answer = await client.query("{ a b c d e f }")
        assert len(answer.json["errors"]) == 4
        assert "error limit reached" in answer.json["errors"][3]["message"]
        assert set(answer.codes) == {"GRAPHQL_VALIDATION_FAILED"}

    async def test_an_error_of_a_subgraph_is_200_with_data_in_both_types(self, client: AsgiClient) -> None:
        for accept in (JSON, RESPONSE):
            answer = await client.query("{ broken me { name } }", headers={"accept": accept})
            assert answer.status == 200
            assert answer.json["data"] == {"broken": None, "me": {"name": "Ada"}}
            assert answer.json["errors"][0]["path"] == ["broken"]

    async def test_a_fault_of_ours_is_masked(
        self, build_client: Callable[..., AsgiClient], graph: SmallGraph, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Faulty:
            async def verify_claims(self, token: str) -> dict[str, object]:
                raise ZeroDivisionError("the secret detail")

        client = build_client(verifier=Faulty())
        answer = await client.query(QUERY, headers={"authorization": "Bearer x"})
        assert (answer.status, answer.codes) == (500, ["INTERNAL_SERVER_ERROR"])
        assert b"secret detail" not in answer.body

    async def test_a_request_that_takes_too_long_is_ended(
        self, build_client: Callable[..., AsgiClient], graph: SmallGraph
    ) -> None:
        client = build_client(RouterConfig(timeouts=TimeoutsConfig(request=0.05)))
        answer = await client.query("{ slow }")
        assert (answer.status, answer.codes) == (504, ["REQUEST_TIMED_OUT"])
        await asyncio.sleep(0)
        assert graph.cancelled == 1


class TestIdentityOfRequests:
    async def test_the_request_id_goes_in_on_and_out(self, client: AsgiClient, graph: SmallGraph) -> None:
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        answer = await client.query(QUERY, headers={"x-request-id": "abc-1", "traceparent": trace})
        headers = graph.requests[0][2]
        assert answer.headers["x-request-id"] == headers["x-request-id"] == "abc-1"
        assert headers["traceparent"].split("-")[1] == trace.split("-")[1]
        assert headers["traceparent"].split("-")[2] != trace.split("-")[2]

    async def test_one_is_made_when_there_is_none_or_a_bad_one(self, client: AsgiClient) -> None:
        for sent in (None, "no good\tid"):
            answer = await client.query("{", headers={"x-request-id": sent})
            assert answer.headers["x-request-id"].startswith("req-")

    async def test_answers_are_neither_kept_nor_guessed(self, client: AsgiClient) -> None:
        headers = (await client.query(QUERY)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["vary"] == "accept"


class TestCsrfGuard:
    @pytest.mark.parametrize(
        "headers",
        [
            {"user-agent": "Mozilla/5.0 (X11)"},
            {"user-agent": None},
            {"origin": "https://evil.test"},
            {"sec-fetch-site": "cross-site"},
        ],
    )
    async def test_a_get_that_a_page_could_send_is_refused(
        self, client: AsgiClient, graph: SmallGraph, headers: dict[str, str | None]
    ) -> None:
        answer = await client.get({"query": QUERY}, headers)
        assert (answer.status, answer.codes) == (403, ["CSRF_PREVENTED"])
        assert graph.asked == []

    @pytest.mark.parametrize("name", CsrfConfig().headers)
    async def test_a_header_that_needs_a_preflight_lets_it_through(self, client: AsgiClient, name: str) -> None:
        assert (await client.get({"query": QUERY}, {"user-agent": "Mozilla/5.0", name: "1"})).json == NAME

    async def test_it_can_be_turned_off(self, build_client: Callable[..., AsgiClient]) -> None:
        client = build_client(RouterConfig(csrf=CsrfConfig(enabled=False)))
        assert (await client.get({"query": QUERY}, {"user-agent": "Mozilla/5.0"})).json == NAME


class TestDisconnect:
    async def test_a_client_that_leaves_ends_the_work_for_it(self, client: AsgiClient, graph: SmallGraph) -> None:
        body = json.dumps({"query": "{ slow }"}).encode()
        exchange = client.open("POST", "/graphql", {"content-type": JSON}, body)
        task = asyncio.create_task(exchange.run())
        await asyncio.wait_for(graph.slow_started.wait(), 5)
        exchange.gone.set()
        await asyncio.wait_for(task, 5)
        await asyncio.sleep(0)
        assert graph.cancelled == 1
        assert exchange.messages == []

    async def test_a_client_that_leaves_while_it_sends_is_not_answered(self, client: AsgiClient) -> None:
        exchange = client.open("POST", "/graphql", {"content-type": JSON}, [])
        exchange.gone.set()
        await exchange.run()
        assert exchange.messages == []

    async def test_the_cancellation_of_the_server_goes_through(self, client: AsgiClient, graph: SmallGraph) -> None:
        body = json.dumps({"query": "{ slow }"}).encode()
        task = asyncio.create_task(client.open("POST", "/graphql", {"content-type": JSON}, body).run())
        await asyncio.wait_for(graph.slow_started.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_without_an_explorer_a_browser_gets_graphql_too(build_client: Callable[..., AsgiClient]) -> None:
    client = build_client(RouterConfig(explorer=ExplorerConfig(enabled=False), csrf=CsrfConfig(enabled=False)))
    answer = await client.get({"query": QUERY}, {"accept": "text/html,*/*;q=0.8"})
    assert answer.json == NAME
