"""Refresh tokens: single-use, in families, and what a stolen one can do."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot.shared.errors import Unauthenticated
from tests.support.accounts import CHEAP, Accounts, codes
from tests.support.subgraphs import open_subgraph

DAY = 86_400


async def is_alive(accounts: Accounts, payload: dict[str, Any]) -> bool:
    """Whether the access token of the payload is taken."""
    try:
        await accounts.principal(payload)
    except Unauthenticated:
        return False
    return True


class TestRotation:
    async def test_goes_on_with_the_same_session(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        first = await accounts.principal(payload)
        for _ in range(3):
            accounts.clock.advance(60)
            payload = await accounts.refresh(payload["refreshToken"])
            assert payload["errors"] == []
        last = await accounts.principal(payload)
        assert (last.user_id, last.session_id) == (first.user_id, first.session_id)
        assert last.token_id != first.token_id
        assert last.expires_at is not None
        assert first.expires_at is not None
        assert (last.expires_at - first.expires_at).total_seconds() == 180

    @pytest.mark.parametrize("token", ["", "nonsense", "ert_nonsense", "\ud800", "x" * 10_000])
    async def test_an_unknown_token_is_refused(self, accounts: Accounts, token: str) -> None:
        await accounts.register()
        payload = await accounts.refresh(token)
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [
            ("INVALID_REFRESH_TOKEN", ["refreshToken"])
        ]
        assert (payload["user"], payload["accessToken"], payload["refreshToken"]) == (None, None, None)

    async def test_a_token_expires(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        accounts.clock.advance(14 * DAY)
        assert codes(await accounts.refresh(payload["refreshToken"])) == ["INVALID_REFRESH_TOKEN"]

    async def test_a_session_that_is_used_lives_on_and_ends_at_last(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        days = 0
        while not payload["errors"]:
            token = payload["refreshToken"]
            accounts.clock.advance(10 * DAY)
            days += 10
            payload = await accounts.refresh(token)
        assert days == 90


class TestReuse:
    async def test_ends_the_family_for_both_holders(self, accounts: Accounts) -> None:
        stolen = await accounts.register()
        other = await accounts.log_in()
        owners = await accounts.refresh(stolen["refreshToken"])
        accounts.clock.advance(1)
        assert codes(await accounts.refresh(stolen["refreshToken"])) == ["INVALID_REFRESH_TOKEN"]
        assert codes(await accounts.refresh(owners["refreshToken"])) == ["INVALID_REFRESH_TOKEN"]
        assert not await is_alive(accounts, stolen)
        assert not await is_alive(accounts, owners)
        assert await is_alive(accounts, other)
        assert codes(await accounts.refresh(other["refreshToken"])) == []

    async def test_is_committed_although_the_answer_is_a_refusal(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        session_id = (await accounts.principal(payload)).session_id
        await accounts.refresh(payload["refreshToken"])
        await accounts.refresh(payload["refreshToken"])
        async with accounts.under_test.process.database.read() as session:
            connection = await session.connection()
            query = "SELECT id, status, revocation_reason FROM sessions"
            assert (await connection.exec_driver_sql(query)).all() == [(session_id, "REVOKED", "REUSE")]

    async def test_after_a_logout_keeps_its_reason(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        principal = await accounts.principal(await accounts.refresh(payload["refreshToken"]))
        await accounts.call("logout", principal)
        await accounts.refresh(payload["refreshToken"])
        assert (await accounts.call("logout", principal))["session"]["revocationReason"] == "LOGGED_OUT"


class TestAtTheSameTime:
    async def test_one_of_many_refreshes_wins_and_the_reuse_is_noticed(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        answers = await asyncio.gather(*(accounts.refresh(payload["refreshToken"]) for _ in range(20)))
        winners = [answer for answer in answers if not answer["errors"]]
        assert len(winners) == 1
        assert codes(await accounts.refresh(winners[0]["refreshToken"])) == ["INVALID_REFRESH_TOKEN"]
        assert await accounts.count("refresh_tokens") == 2

    async def test_one_of_many_registrations_gets_the_address(self, accounts: Accounts) -> None:
        answers = await asyncio.gather(*(accounts.register(idempotencyKey=f"key-{n}") for n in range(10)))
        assert sorted(map(codes, answers)) == [[], *[["EMAIL_TAKEN"]] * 9]
        assert await accounts.count("users") == 1

    async def test_a_registration_sent_twice_makes_one_user(self, accounts: Accounts) -> None:
        answers = await asyncio.gather(*(accounts.register() for _ in range(5)))
        assert [codes(answer) for answer in answers] == [[]] * 5
        assert len({answer["user"]["id"] for answer in answers}) == 1
        assert await accounts.count("users") == 1

    async def test_no_session_survives_a_password_change_that_it_did_not_know(self, accounts: Accounts) -> None:
        first = await accounts.register()
        principal = await accounts.principal(first)
        change = accounts.call(
            "changePassword", principal, currentPassword="correct horse battery", newPassword="a better password"
        )
        changed, *answers = await asyncio.gather(change, *(accounts.log_in() for _ in range(10)))
        assert codes(changed) == []
        for answer in answers:
            assert answer["errors"] or not await is_alive(accounts, answer)
        assert await is_alive(accounts, first)

    async def test_one_of_many_password_changes_is_made(self, accounts: Accounts) -> None:
        principal = await accounts.principal(await accounts.register())
        passwords = [f"a better password {number}" for number in range(5)]
        answers = await asyncio.gather(
            *(
                accounts.call(
                    "changePassword", principal, currentPassword="correct horse battery", newPassword=password
                )
                for password in passwords
            ),
        )
        assert sorted(map(codes, answers)) == [[], *[["INVALID_CREDENTIALS"]] * 4]
        (made,) = [password for password, answer in zip(passwords, answers, strict=True) if not answer["errors"]]
        assert codes(await accounts.log_in(password=made)) == []


@dataclass
class Family:
    """What must be true of one session: its tokens in the order they were given, and whether it goes on."""

    tokens: list[dict[str, Any]] = field(default_factory=list)
    is_over: bool = False


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["login", "refresh", "refresh", "refresh", "logout"]), st.integers(0, 7), st.integers(0, 3)
        ),
        max_size=20,
    )
)
def test_a_family_has_one_good_token_until_a_spent_one_comes_again(
    key_folder: Path, steps: list[tuple[str, int, int]]
) -> None:
    """Any sequence of logins, refreshes with any token there was (0: the newest), and logouts."""

    async def walk(accounts: Accounts) -> None:
        families = [Family([await accounts.register()])]
        for action, which, age in steps:
            family = families[which % len(families)]
            if action == "login":
                families.append(Family([await accounts.log_in()]))
            elif action == "logout" and not family.is_over:
                await accounts.call("logout", await accounts.principal(family.tokens[-1]))
                family.is_over = True
            elif action == "refresh":
                token = family.tokens[-1 - age % len(family.tokens)]
                is_newest = token is family.tokens[-1]
                answer = await accounts.refresh(token["refreshToken"])
                assert codes(answer) == ([] if is_newest and not family.is_over else ["INVALID_REFRESH_TOKEN"])
                if not answer["errors"]:
                    family.tokens.append(answer)
                family.is_over |= not is_newest
            for each in families:
                assert await is_alive(accounts, each.tokens[-1]) is not each.is_over

    async def run() -> None:
        with TemporaryDirectory() as folder:
            shutil.copytree(key_folder, Path(folder) / "accounts" / "keys")
            environ = {**CHEAP, "ENTREPOT_ACCOUNTS_ATTEMPTS_BY_EMAIL": "1000"}
            async with open_subgraph("accounts", Path(folder), environ=environ) as under_test:
                await walk(Accounts(under_test))

    asyncio.run(run())
