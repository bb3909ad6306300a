"""Mutations as they run: refusals as data, one unit of work, and keys that make it once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy.orm.exc import StaleDataError

from entrepot.shared.auth import ANONYMOUS, Caller, Principal
from entrepot.shared.db import ConcurrentChange
from entrepot.shared.errors import Contended
from entrepot.shared.graphql import Context
from entrepot.shared.graphql.mutations.perform import run_unit
from tests.support.kernel import Kernel, note_effect
from tests.support.kernel_graph import READER

ERRORS = "errors { __typename ... on UserError { code path message } }"
TAKE = f"mutation ($input: TakeInput!) {{ take(input: $input) {{ note {{ id }} {ERRORS} }} }}"
ONCE = f"mutation ($input: TakeOnceInput!) {{ takeOnce(input: $input) {{ note {{ id }} {ERRORS} }} }}"


def given(what: str, key: str | None = None) -> dict[str, str]:
    return {"what": what} if key is None else {"what": what, "idempotencyKey": key}


@pytest.fixture
def kernel(kernel_on_each: Kernel) -> Kernel:
    """On both databases: on one of them writers do not take turns."""
    return kernel_on_each


class TestMutation:
    async def test_commits_and_answers(self, ask: Any, kernel: Kernel) -> None:
        assert await ask(TAKE, input=given("a")) == {"data": {"take": {"note": {"id": "a"}, "errors": []}}}
        assert await kernel.effects() == ["a"]

    async def test_a_refusal_is_data(self, ask: Any, kernel: Kernel) -> None:
        payload = (await ask(TAKE, input=given("")))["data"]["take"]
        assert payload == {
            "note": None,
            "errors": [
                {
                    "__typename": "InvalidInputError",
                    "code": "BAD_USER_INPUT",
                    "path": ["what"],
                    "message": "Say something.",
                }
            ],
        }
        assert await kernel.effects() == []

    async def test_one_that_was_not_declared_is_data_too(self, ask: Any) -> None:
        payload = (await ask(TAKE, input=given("nowhere")))["data"]["take"]
        assert [(error["__typename"], error["code"]) for error in payload["errors"]] == [("RefusedError", "NOT_FOUND")]

    async def test_one_that_is_returned_is_committed(self, ask: Any, kernel: Kernel) -> None:
        payload = (await ask(TAKE, input=given("a whisper")))["data"]["take"]
        assert payload["note"] is None
        assert [error["message"] for error in payload["errors"]] == ["Speak up."]
        assert await kernel.effects() == ["a whisper"]

    @pytest.mark.parametrize("first", [StaleDataError("row"), ConcurrentChange("row")])
    async def test_what_another_transaction_rolled_back_is_repeated(self, kernel: Kernel, first: Exception) -> None:
        failures = [first, first]

        async def stumble(unit: Any) -> str:
            await note_effect(unit, "whole")
            if failures:
                raise failures.pop()
            return "done"

        context: Context[None] = Context(ANONYMOUS, kernel.transactions, kernel.fan_out)
        assert await run_unit(context, stumble) == "done"
        assert await kernel.effects() == ["whole"]

    async def test_who_is_always_last_is_told_so(self, kernel: Kernel) -> None:
        async def lose(unit: Any) -> None:
            await note_effect(unit, "half")
            raise StaleDataError

        context: Context[None] = Context(ANONYMOUS, kernel.transactions, kernel.fan_out)
        with pytest.raises(Contended):
            await run_unit(context, lose)
        assert await kernel.effects() == []

    async def test_the_unit_knows_its_caller(self, kernel: Kernel) -> None:
        async def who(unit: Any) -> Any:
            return unit.caller

        context: Context[None] = Context(READER, kernel.transactions, kernel.fan_out, address="192.0.2.1")
        assert await run_unit(context, who) == Caller(READER, "192.0.2.1")


class TestOnce:
    async def test_a_repeated_key_makes_nothing_and_answers_the_same(self, ask: Any, kernel: Kernel) -> None:
        first = await ask(ONCE, READER, input=given("a", "k"))
        assert await ask(ONCE, READER, input=given("a", "k")) == first
        assert first["data"]["takeOnce"]["note"] == {"id": "a"}
        assert await kernel.effects() == ["a"]

    async def test_another_input_under_the_key_is_a_conflict(self, ask: Any, kernel: Kernel) -> None:
        await ask(ONCE, READER, input=given("a", "k"))
        payload = (await ask(ONCE, READER, input=given("b", "k")))["data"]["takeOnce"]
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [
            ("IDEMPOTENCY_CONFLICT", ["idempotencyKey"])
        ]
        assert await kernel.effects() == ["a"]

    async def test_the_key_of_another_caller_is_another_key(self, ask: Any, kernel: Kernel) -> None:
        for principal in (READER, Principal(user_id="usr_2"), ANONYMOUS):
            await ask(ONCE, principal, input=given("a", "k"))
        assert await kernel.effects() == ["a"] * 3

    async def test_at_once_it_is_made_once(self, ask: Any, kernel: Kernel) -> None:
        answers = await asyncio.gather(*(ask(ONCE, READER, input=given("a", "k")) for _ in range(8)))
        assert all(answer == answers[0] for answer in answers)
        assert await kernel.effects() == ["a"]

    async def test_a_refusal_uses_no_key_up(self, ask: Any, kernel: Kernel) -> None:
        for what in ("", "a"):
            await ask(ONCE, READER, input=given(what, "k"))
        assert await kernel.effects() == ["a"]

    async def test_a_refusal_that_is_committed_uses_no_key_up_either(self, ask: Any, kernel: Kernel) -> None:
        for what in ("a whisper", "a"):
            await ask(ONCE, READER, input=given(what, "k"))
        assert await kernel.effects() == ["a whisper", "a"]

    @pytest.mark.parametrize("key", ["", "x" * 256, "a\nb"])
    async def test_a_key_that_is_none_is_refused(self, ask: Any, kernel: Kernel, key: str) -> None:
        payload = (await ask(ONCE, READER, input=given("a", key)))["data"]["takeOnce"]
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [
            ("BAD_USER_INPUT", ["idempotencyKey"])
        ]
        assert await kernel.effects() == []

    async def test_a_key_is_reported_with_everything_else(self, ask: Any) -> None:
        payload = (await ask(ONCE, READER, input=given("", "")))["data"]["takeOnce"]
        assert [error["path"] for error in payload["errors"]] == [["what"], ["idempotencyKey"]]
