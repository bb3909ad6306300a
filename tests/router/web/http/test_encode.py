"""The status and body of errors, by their class."""

import json

import pytest

from entrepot.router.errors import (
    BadRequest,
    OperationUnplannable,
    RequestRefused,
    SubgraphUnavailable,
    SupergraphInvalid,
    SyntaxInvalid,
    Unauthorized,
    VariablesInvalid,
)
from entrepot.router.web.http.encode import encode_errors, status_of
from entrepot.router.web.http.negotiate import GRAPHQL_RESPONSE, JSON


@pytest.mark.parametrize(
    ("error", "as_json", "as_response"),
    [
        (BadRequest("x"), 400, 400),
        (SyntaxInvalid("x"), 200, 400),
        (RequestRefused(VariablesInvalid, [{"message": "x"}]), 200, 400),
        (RequestRefused(Unauthorized, [{"message": "x"}]), 403, 403),
        (OperationUnplannable("x"), 200, 200),
        (SupergraphInvalid("x"), 500, 500),
        (ValueError("x"), 500, 500),
    ],
)
def test_the_status_follows_the_class_and_the_media_type(error: Exception, as_json: int, as_response: int) -> None:
    assert (status_of(error, JSON), status_of(error, GRAPHQL_RESPONSE)) == (as_json, as_response)


def test_what_nobody_can_answer_has_data_that_is_null() -> None:
    assert json.loads(encode_errors(OperationUnplannable("No subgraph has it."))) == {
        "data": None,
        "errors": [{"message": "No subgraph has it.", "extensions": {"code": "OPERATION_UNPLANNABLE"}}],
    }


def test_places_stand_beside_the_message() -> None:
    error = SyntaxInvalid("x", extensions={"locations": [{"line": 1, "column": 2}], "path": ["a"], "more": 1})
    assert json.loads(encode_errors(error))["errors"] == [
        {
            "message": "x",
            "locations": [{"line": 1, "column": 2}],
            "path": ["a"],
            "extensions": {"code": "GRAPHQL_PARSE_FAILED", "more": 1},
        }
    ]


@pytest.mark.parametrize(
    ("error", "code"),
    [(SupergraphInvalid("secret"), "SUPERGRAPH_INVALID"), (KeyError("secret"), "INTERNAL_SERVER_ERROR")],
)
def test_our_own_faults_are_masked(error: Exception, code: str) -> None:
    body = encode_errors(error)
    assert b"secret" not in body
    assert json.loads(body)["errors"][0]["extensions"]["code"] == code


def test_a_subgraph_that_is_gone_is_named() -> None:
    assert b"orders" in encode_errors(SubgraphUnavailable('Subgraph "orders" did not answer.'))
