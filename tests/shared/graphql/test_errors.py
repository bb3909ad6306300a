"""Errors as clients see them: coded, and nothing internal in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from entrepot.shared.errors import InvalidInput, InvalidTransition, NotFound
from entrepot.shared.graphql import InvalidInputError, InvalidTransitionError, NotFoundError
from entrepot.shared.telemetry import Trace, bind_trace
from tests.support.kernel_graph import SECRET


@pytest.mark.parametrize("query", ["{ boom }", "{ unprintable }", "{ tooLong }", '{ note(what: "poison") { id } }'])
async def test_a_fault_of_ours_says_nothing_but_where_to_ask(ask: Any, query: str) -> None:
    with bind_trace(Trace("req-7", "a" * 32, "b" * 16)):
        answer = await ask(query)
    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}
    assert error["message"] == "Something went wrong on our side. Mention req-7 when you report it."
    assert set(error) == {"message", "locations", "path", "extensions"}
    printed = json.dumps(answer)
    assert SECRET not in printed
    assert "1.5" not in printed
    assert "Traceback" not in printed


async def test_without_a_trace_there_is_nothing_to_mention(ask: Any) -> None:
    assert (await ask("{ boom }"))["errors"][0]["message"] == "Something went wrong on our side."


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ long(value: true) }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ missing }", "NOT_FOUND"),
        ("{ busy }", "RATE_LIMITED"),
    ],
)
async def test_a_fault_of_the_callers_has_its_code_and_message(ask: Any, query: str, code: str) -> None:
    (error,) = (await ask(query))["errors"]
    assert error["extensions"]["code"] == code
    assert "our side" not in error["message"]


async def test_an_argument_that_turns_out_null_is_the_callers(ask: Any) -> None:
    answer = await ask('query ($w: String = "x") { note(what: $w) { id } }', w=None)
    assert answer["errors"][0]["extensions"]["code"] in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED")


async def test_fields_are_not_suggested(ask: Any) -> None:
    (error,) = (await ask("{ scope }"))["errors"]
    assert "scoped" not in error["message"]


class TestUserError:
    def test_takes_over_what_the_domain_error_knows(self) -> None:
        refused = InvalidTransitionError.of(InvalidTransition("order", "PENDING", "DONE", {"PAID", "OFF"}))
        assert (refused.code, refused.source, refused.target, refused.allowed, refused.path) == (
            "INVALID_TRANSITION",
            "PENDING",
            "DONE",
            ["OFF", "PAID"],
            None,
        )
        assert InvalidInputError.of(InvalidInput("No.", path=["lines", "0"])).path == ["lines", "0"]
        assert "Check the id" in NotFoundError.of(NotFound("note", "x")).message

    def test_members_share_the_interface(self) -> None:
        for member in (InvalidInputError, NotFoundError, InvalidTransitionError):
            interfaces = member.__strawberry_definition__.interfaces  # type: ignore[attr-defined]  # set by Strawberry
            assert [interface.name for interface in interfaces] == ["UserError"]
