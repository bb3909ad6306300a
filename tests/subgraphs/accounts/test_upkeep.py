"""What accounts do by themselves: pruning, the first admin, demo users, and that the tables are what models say."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.shared.db import find_drift
from entrepot.shared.errors import InvalidTransition, SettingsInvalid
from entrepot.shared.events import KERNEL
from entrepot.shared.events.contracts.accounts import UserRegistered
from entrepot.subgraphs.accounts.config import DAY, AccountsSettings
from entrepot.subgraphs.accounts.models import Base
from entrepot.subgraphs.accounts.roles import UserRole
from entrepot.subgraphs.accounts.seeds import DEMO_USERS
from entrepot.subgraphs.accounts.states import SESSION, SessionStatus
from entrepot.subgraphs.registry import load_permissions
from tests.support.accounts import CHEAP, PASSWORD, Accounts, codes
from tests.support.subgraphs import open_subgraph


class TestPrune:
    async def test_deletes_refresh_tokens_when_they_would_have_expired(self, accounts: Accounts) -> None:
        first = await accounts.register()
        accounts.clock.advance(DAY)
        second = await accounts.refresh(first["refreshToken"])
        accounts.clock.advance(13 * DAY)
        await accounts.under_test.run_jobs()
        assert await accounts.count("refresh_tokens") == 2
        accounts.clock.advance(1)
        await accounts.under_test.run_jobs()
        assert await accounts.count("refresh_tokens") == 1
        assert codes(await accounts.refresh(second["refreshToken"])) == []

    async def test_a_spent_token_gives_a_theft_away_for_as_long_as_it_would_have_lived(
        self, accounts: Accounts
    ) -> None:
        first = await accounts.register()
        second = await accounts.refresh(first["refreshToken"])
        accounts.clock.advance(14 * DAY - 1)
        await accounts.under_test.run_jobs()
        assert codes(await accounts.refresh(first["refreshToken"])) == ["INVALID_REFRESH_TOKEN"]
        assert codes(await accounts.refresh(second["refreshToken"])) == ["INVALID_REFRESH_TOKEN"]

    async def test_deletes_sessions_long_after_they_ended(self, accounts: Accounts) -> None:
        principal = await accounts.principal(await accounts.register())
        await accounts.log_in()
        await accounts.call("logout", principal)
        accounts.clock.advance(30 * DAY)
        await accounts.under_test.run_jobs()
        assert await accounts.count("sessions") == 2
        accounts.clock.advance(1)
        await accounts.under_test.run_jobs()
        assert await accounts.count("sessions") == 1
        accounts.clock.advance(14 * DAY)
        await accounts.under_test.run_jobs()
        assert await accounts.count("sessions") == await accounts.count("refresh_tokens") == 0
        assert await accounts.count("users") == 1

    async def test_goes_on_in_batches_until_nothing_is_left(self, accounts: Accounts) -> None:
        await accounts.register()
        async with accounts.under_test.process.database.write() as session:
            connection = await session.connection()
            await connection.exec_driver_sql(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) "
                "INSERT INTO refresh_tokens (token_hash, session_id, created_at, expires_at) "
                "SELECT 'old' || i, (SELECT id FROM sessions), '2020-01-01 00:00:00.000000', "
                "'2020-01-02 00:00:00.000000' FROM n"
            )
            await session.commit()
        assert await accounts.count("refresh_tokens") == 1201
        await accounts.under_test.run_jobs()
        assert await accounts.count("refresh_tokens") == 1


class TestFirstAdmin:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {
            **CHEAP,
            "ENTREPOT_ACCOUNTS_FIRST_ADMIN_EMAIL": "Boss@example.com",
            "ENTREPOT_ACCOUNTS_FIRST_ADMIN_PASSWORD": PASSWORD,
        }

    async def test_is_made_once(self, accounts: Accounts) -> None:
        await accounts.under_test.run_jobs()
        await accounts.under_test.run_jobs()
        payload = await accounts.log_in("boss@example.com")
        assert payload["user"]["roles"] == ["ADMIN", "CUSTOMER"]
        assert await accounts.count("users") == 1

    async def test_is_nobody_who_registered_that_address(self, accounts: Accounts) -> None:
        await accounts.register("boss@example.com")
        await accounts.under_test.run_jobs()
        assert (await accounts.log_in("boss@example.com"))["user"]["roles"] == ["CUSTOMER"]


class TestSeed:
    async def test_twice_is_once_and_everybody_can_log_in(self, accounts: Accounts) -> None:
        await accounts.under_test.process.seed()
        await accounts.under_test.process.seed()
        for user in DEMO_USERS:
            payload = await accounts.log_in(user.email, user.password)
            assert payload["user"]["id"] == user.id
            assert payload["user"]["roles"] == sorted(role.name for role in user.roles)
        events = [event for event in await accounts.under_test.published() if isinstance(event, UserRegistered)]
        assert sorted(event.user_id for event in events) == [user.id for user in DEMO_USERS]

    async def test_an_admin_may_do_everything_and_a_customer_order(self, accounts: Accounts) -> None:
        await accounts.under_test.process.seed()
        admin = await accounts.log_in("admin@example.com", "entrepot-demo-1")
        ada = await accounts.log_in("ada@example.com", "entrepot-demo-1")
        assert "users:write" in admin["user"]["scopes"]
        assert ada["user"]["scopes"] == ["orders:create"]


class TestDeclarations:
    async def test_tables_are_what_the_models_say(self, accounts: Accounts) -> None:
        assert await find_drift(accounts.under_test.process.database, [Base.metadata, KERNEL]) == []

    def test_roles_are_those_of_the_permissions(self) -> None:
        assert {role.value for role in UserRole} == set(load_permissions().roles)

    def test_a_revoked_session_stays_so(self) -> None:
        assert SESSION.is_final(SessionStatus.REVOKED)
        with pytest.raises(InvalidTransition):
            SESSION.check(SessionStatus.REVOKED, SessionStatus.ACTIVE)

    @pytest.mark.parametrize(
        "environ",
        [
            {"ENTREPOT_ACCOUNTS_ACCESS_TOKEN_LIFETIME": "0"},
            {"ENTREPOT_ACCOUNTS_SECONDS_PER_ATTEMPT": "-1"},
            {"ENTREPOT_ACCOUNTS_KEY_PUBLICATION_LEAD": "10"},
            {"ENTREPOT_ACCOUNTS_FIRST_ADMIN_EMAIL": "boss@example.com"},
            {"ENTREPOT_ACCOUNTS_ISUER": "me"},
        ],
    )
    async def test_settings_that_make_no_sense_are_refused(self, tmp_path: Path, environ: dict[str, str]) -> None:
        with pytest.raises(SettingsInvalid):
            async with open_subgraph("accounts", tmp_path, environ=environ):
                pass

    def test_the_defaults_make_sense(self) -> None:
        assert AccountsSettings().access_token_lifetime <= 15 * 60
