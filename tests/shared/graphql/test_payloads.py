"""Mutations: refusals as data, one unit of work, and keys that make it once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy.orm.exc import StaleDataError

from entrepot.shared.auth import ANONYMOUS, Principal
from entrepot.shared.errors import NotFound
from entrepot.shared.graphql import Context, mutate
from entrepot.shared.graphql.payloads import refuse
from tests.support.kernel import Kernel, note_effect
from tests.support.kernel_graph import READER, NotePayload, payload_of

TAKE = """mutation ($input: NoteInput!) {
  take(input: $input) { note { id } errors { __typename ... on UserError { code path message } } } }"""
ONCE = TAKE.replace("take(", "takeOnce(")


def given(what: str, key: str = "") -> dict[str, str]:
    return {"what": what, "idempotencyKey": key}


@pytest.fixture
def kernel(kernel_on_each: Kernel) -> Kernel:
    """On both databases: on one of them writers do not take turns."""
    return kernel_on_each


class TestMutate:
    async def test_commits_and_answers(self, ask: Any, kernel: Kernel) -> None:
        assert await ask(TAKE, input=given("a")) == {"data": {"take": {"note": {"id": "a"}, "errors": []}}}
        assert await kernel.effects() == ["a"]

    async def test_a_refusal_that_the_union_knows_is_data(self, ask: Any, kernel: Kernel) -> None:
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

    async def test_any_other_is_raised(self, ask: Any) -> None:
        answer = await ask(TAKE, input=given("nowhere"))
        assert answer["data"] is None
        assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        with pytest.raises(NotFound):
            refuse(NotePayload, NotFound("note", "x"))

    async def test_a_row_that_changed_meanwhile_is_a_stale_version(self, kernel: Kernel) -> None:
        async def stumble(unit: Any) -> Any:
            await note_effect(unit, "half")
            raise StaleDataError

        context: Context[None] = Context(ANONYMOUS, kernel.transactions, kernel.fan_out)
        payload = await mutate(context, NotePayload, stumble, payload_of)
        assert [error.code for error in payload.errors] == ["STALE_VERSION"]
        assert await kernel.effects() == []


class TestMutateOnce:
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

    @pytest.mark.parametrize("key", ["", "x" * 256, "a\nb"])
    async def test_a_key_that_is_none_is_refused(self, ask: Any, kernel: Kernel, key: str) -> None:
        payload = (await ask(ONCE, READER, input=given("a", key)))["data"]["takeOnce"]
        assert [error["code"] for error in payload["errors"]] == ["BAD_USER_INPUT"]
        assert await kernel.effects() == []
