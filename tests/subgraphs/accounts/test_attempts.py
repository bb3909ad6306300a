"""How often a password may be tried."""

from __future__ import annotations

from typing import Any

import pytest

from entrepot.subgraphs.accounts.passwords import Argon2Passwords
from tests.support.accounts import CHEAP, PASSWORD, Accounts, codes


@pytest.fixture
def environ() -> dict[str, str]:
    return {
        **CHEAP,
        "ENTREPOT_ACCOUNTS_ATTEMPTS_BY_EMAIL": "3",
        "ENTREPOT_ACCOUNTS_SECONDS_PER_ATTEMPT": "10",
        "ENTREPOT_ACCOUNTS_ATTEMPTS_BY_ADDRESS": "6",
        "ENTREPOT_ACCOUNTS_SECONDS_PER_ATTEMPT_BY_ADDRESS": "4",
        "ENTREPOT_ACCOUNTS_ATTEMPTS_IN_ALL": "12",
        "ENTREPOT_ACCOUNTS_ATTEMPTS_IN_ALL_PER_SECOND": "0.5",
    }


class TestByEmail:
    async def test_also_the_right_password_has_to_wait(self, accounts: Accounts) -> None:
        await accounts.register()
        for email in ("ada@example.com", "ADA@example.com", " ada@example.com"):
            assert codes(await accounts.log_in(email, "wrong password")) == ["INVALID_CREDENTIALS"]
        refused = await accounts.log_in()
        assert [(error["code"], error["retryAfter"]) for error in refused["errors"]] == [("TOO_MANY_ATTEMPTS", 10)]
        assert refused["accessToken"] is None
        accounts.clock.advance(10)
        assert codes(await accounts.log_in()) == []

    async def test_an_unknown_address_is_counted_alike(self, accounts: Accounts) -> None:
        answers = [codes(await accounts.log_in("nobody@example.com")) for _ in range(4)]
        assert answers == [["INVALID_CREDENTIALS"]] * 3 + [["TOO_MANY_ATTEMPTS"]]

    async def test_registrations_and_password_changes_have_their_own(self, accounts: Accounts) -> None:
        principal = await accounts.principal(await accounts.register())
        change = {"currentPassword": "wrong password", "newPassword": PASSWORD}
        answers = [codes(await accounts.call("changePassword", principal, **change)) for _ in range(4)]
        assert answers == [["INVALID_CREDENTIALS"]] * 3 + [["TOO_MANY_ATTEMPTS"]]
        answers = [codes(await accounts.register(idempotencyKey=str(n))) for n in range(3)]
        assert answers == [["EMAIL_TAKEN"]] * 2 + [["TOO_MANY_ATTEMPTS"]]
        assert codes(await accounts.log_in()) == []

    async def test_costs_no_hash(self, accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
        for _ in range(3):
            await accounts.log_in()

        async def refuse(*_arguments: Any) -> bool:
            raise AssertionError("nothing is hashed for who has to wait")

        monkeypatch.setattr(Argon2Passwords, "verify", refuse)
        assert codes(await accounts.log_in()) == ["TOO_MANY_ATTEMPTS"]


class TestByAddress:
    async def spray(self, accounts: Accounts, count: int, first: int = 0) -> list[list[str]]:
        """One attempt on each of so many accounts."""
        return [codes(await accounts.log_in(f"user{first + number}@example.com")) for number in range(count)]

    async def test_many_accounts_tried_from_one_place_have_to_wait(self, accounts: Accounts) -> None:
        accounts.under_test.address = "192.0.2.1"
        assert await self.spray(accounts, 7) == [["INVALID_CREDENTIALS"]] * 6 + [["TOO_MANY_ATTEMPTS"]]
        refused = await accounts.log_in("another@example.com")
        assert [error["retryAfter"] for error in refused["errors"]] == [4]
        accounts.clock.advance(4)
        assert codes(await accounts.log_in("one-more@example.com")) == ["INVALID_CREDENTIALS"]

    async def test_registrations_count_with_them(self, accounts: Accounts) -> None:
        accounts.under_test.address = "192.0.2.1"
        await self.spray(accounts, 6)
        assert codes(await accounts.register()) == ["TOO_MANY_ATTEMPTS"]

    async def test_those_from_elsewhere_need_not_wait(self, accounts: Accounts) -> None:
        await accounts.register()
        accounts.under_test.address = "192.0.2.1"
        await self.spray(accounts, 40)
        accounts.under_test.address = "192.0.2.2"
        assert codes(await accounts.log_in()) == []

    async def test_all_addresses_of_a_network_are_one_place(self, accounts: Accounts) -> None:
        for number in range(6):
            accounts.under_test.address = f"2001:db8:1:2::{number}"
            await self.spray(accounts, 1, number)
        accounts.under_test.address = "2001:db8:1:2:ffff::1"
        assert await self.spray(accounts, 1, 7) == [["TOO_MANY_ATTEMPTS"]]
        accounts.under_test.address = "2001:db8:1:3::1"
        assert await self.spray(accounts, 1, 8) == [["INVALID_CREDENTIALS"]]


class TestOfEverybody:
    async def test_is_limited(self, accounts: Accounts) -> None:
        answers = [codes(await accounts.log_in(f"user{number}@example.com")) for number in range(13)]
        assert answers == [["INVALID_CREDENTIALS"]] * 12 + [["TOO_MANY_ATTEMPTS"]]
        accounts.clock.advance(2)
        assert codes(await accounts.log_in("another@example.com")) == ["INVALID_CREDENTIALS"]

    async def test_is_not_used_up_by_hammering_on_one_account(self, accounts: Accounts) -> None:
        await accounts.register()
        for _ in range(50):
            await accounts.log_in("nobody@example.com")
        assert codes(await accounts.log_in()) == []
