"""Every mutation of accounts six times at once: what comes out is what some order of them would give."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from entrepot.shared.auth import Principal
from entrepot.shared.errors import Unauthenticated
from entrepot.shared.events.contracts.accounts import UserRegistered, UserSignedIn
from entrepot.shared.randomness import SystemRandomness
from entrepot.subgraphs.accounts.api.mutations import MUTATIONS
from entrepot.subgraphs.accounts.config import AccountsSettings
from entrepot.subgraphs.accounts.passwords import Argon2Passwords
from entrepot.subgraphs.accounts.repository import AccountsRepository
from tests.support.accounts import PASSWORD, Accounts, codes

CALLS: Final = 6
STAFF: Final = Principal(
    user_id="usr_00000000-0000-7000-8000-00000000000a", scopes=frozenset({"users:read", "users:write"})
)
OTHER: Final = "another good password"
CART: Final = {"id": "crt_1", "token": "secret"}


async def at_once(accounts: Accounts, *calls: Awaitable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The payloads; every refusal in them is one that the mutation declares."""
    payloads = await asyncio.gather(*calls)
    assert "RefusedError" not in {error["__typename"] for payload in payloads for error in payload["errors"]}
    return payloads


def count_codes(payloads: list[dict[str, Any]]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(codes(payload)) for payload in payloads)


async def read_sessions(accounts: Accounts) -> dict[str, tuple[str, str | None]]:
    """The status of each session, and why it was revoked."""
    async with accounts.under_test.process.database.read() as session:
        connection = await session.connection()
        rows = await connection.exec_driver_sql("SELECT id, status, revocation_reason FROM sessions")
        return {identity: (status, reason) for identity, status, reason in rows}


async def is_alive(accounts: Accounts, payload: dict[str, Any]) -> bool:
    """Whether the access token of the payload is taken."""
    try:
        await accounts.principal(payload)
    except Unauthenticated:
        return False
    return True


async def read_roles(accounts: Accounts, user_id: str) -> list[str]:
    query = "query ($id: ID!) { user(id: $id) { roles } }"
    found = await accounts.under_test.execute(query, STAFF, id=user_id)
    roles: list[str] = found["data"]["user"]["roles"]
    return roles


async def store_old_hash(accounts: Accounts, user_id: str) -> None:
    """Keep the password as it was kept before the parameters were changed, so that a login replaces its hash."""
    settings = AccountsSettings(argon2_time_cost=2, argon2_memory_kib=16)
    old_hash = await Argon2Passwords(settings, SystemRandomness()).hash(PASSWORD)
    async with accounts.under_test.transactions.begin() as unit:
        repository = AccountsRepository(unit.session)
        known = await repository.get_password_hash(user_id)
        assert known is not None
        assert await repository.replace_password(user_id, known=known, new=old_hash, now=unit.now)


class TestTheSameKey:
    async def test_makes_one_user_who_is_signed_in_by_each(self, accounts: Accounts) -> None:
        payloads = await at_once(accounts, *(accounts.register(guestCart=CART) for _ in range(CALLS)))
        assert count_codes(payloads) == {(): CALLS}
        assert [payload["user"] for payload in payloads] == [payloads[0]["user"]] * CALLS
        counts = [await accounts.count(table) for table in ("users", "role_grants", "idempotency_keys")]
        assert counts == [1, 1, 1]
        events = await accounts.under_test.published()
        assert [type(event) for event in events] == [UserRegistered, UserSignedIn]
        assert len({(await accounts.principal(payload)).session_id for payload in payloads}) == CALLS
        for payload in payloads:
            assert codes(await accounts.refresh(payload["refreshToken"])) == []

    @pytest.mark.parametrize(
        "other",
        [{"email": "eve@example.com"}, {"name": "Eve"}, {"password": OTHER}, {"guestCart": CART}],
        ids=lambda other: next(iter(other)),
    )
    async def test_is_bound_to_the_input_that_came_first(self, accounts: Accounts, other: dict[str, Any]) -> None:
        inputs: list[dict[str, Any]] = [{"idempotencyKey": "once"}, {"idempotencyKey": "once", **other}]
        payloads = await at_once(accounts, *(accounts.register(**inputs[number % 2]) for number in range(CALLS)))
        halves = [payloads[::2], payloads[1::2]]
        outcomes = [count_codes(half) for half in halves]
        assert sorted(outcomes, key=lambda each: () in each) == [
            {("IDEMPOTENCY_CONFLICT",): CALLS // 2},
            {(): CALLS // 2},
        ]
        (first,) = [given for given, outcome in zip(inputs, outcomes, strict=True) if () in outcome]
        assert await accounts.count("users") == 1
        signed_in = await accounts.log_in(first.get("email", "ada@example.com"), first.get("password", PASSWORD))
        assert codes(signed_in) == []
        assert signed_in["user"]["name"] == first.get("name", "Ada")

    def test_is_for_registrations_alone(self) -> None:
        assert [declaration.name for declaration in MUTATIONS if declaration.once is not None] == ["register"]


async def register_one_address(accounts: Accounts) -> None:
    payloads = await at_once(accounts, *(accounts.register(idempotencyKey=str(n)) for n in range(CALLS)))
    assert count_codes(payloads) == {(): 1, ("EMAIL_TAKEN",): CALLS - 1}
    (made,) = [payload["user"]["id"] for payload in payloads if payload["user"]]
    assert (await accounts.log_in())["user"]["id"] == made
    counts = [await accounts.count(table) for table in ("users", "role_grants", "idempotency_keys")]
    assert counts == [1, 1, 1]
    registered = [event for event in await accounts.under_test.published() if isinstance(event, UserRegistered)]
    assert registered == [UserRegistered(user_id=made)]


async def log_in_to_one_account(accounts: Accounts) -> None:
    await accounts.register()
    await accounts.under_test.published()
    payloads = await at_once(accounts, *(accounts.log_in(guestCart=CART) for _ in range(CALLS)))
    assert count_codes(payloads) == {(): CALLS}
    sessions = {(await accounts.principal(payload)).session_id for payload in payloads}
    assert len(sessions) == CALLS
    events = await accounts.under_test.published()
    assert {event.session_id for event in events if isinstance(event, UserSignedIn)} == sessions
    assert len(events) == CALLS


async def log_in_while_each_replaces_the_hash(accounts: Accounts) -> None:
    user_id = (await accounts.register())["user"]["id"]
    await store_old_hash(accounts, user_id)
    payloads = await at_once(accounts, *(accounts.log_in() for _ in range(CALLS)))
    assert count_codes(payloads) == {(): CALLS}
    assert all([await is_alive(accounts, payload) for payload in payloads])
    assert await accounts.count("sessions") == CALLS + 1
    async with accounts.under_test.process.database.read() as session:
        stored = await AccountsRepository(session).get_password_hash(user_id)
    assert not accounts.dependencies.passwords.needs_rehash(stored)


async def log_in_while_the_password_changes(accounts: Accounts) -> None:
    first = await accounts.register()
    principal = await accounts.principal(first)
    await store_old_hash(accounts, first["user"]["id"])
    change = accounts.call("changePassword", principal, currentPassword=PASSWORD, newPassword=OTHER)
    changed, *payloads = await at_once(accounts, change, *(accounts.log_in() for _ in range(CALLS - 1)))
    assert codes(changed) == []
    # Those before the change were ended by it, those after it were refused.
    assert set(count_codes(payloads)) <= {(), ("INVALID_CREDENTIALS",)}
    assert not any([await is_alive(accounts, payload) for payload in payloads if payload["user"]])
    sessions = await read_sessions(accounts)
    assert sessions.pop(principal.session_id or "") == ("ACTIVE", None)
    assert list(sessions.values()) == [("REVOKED", "CREDENTIALS_CHANGED")] * count_codes(payloads)[()]
    assert codes(await accounts.log_in(password=OTHER)) == []


async def refresh_one_token(accounts: Accounts) -> None:
    token = (await accounts.register())["refreshToken"]
    payloads = await at_once(accounts, *(accounts.refresh(token) for _ in range(CALLS)))
    assert count_codes(payloads) == {(): 1, ("INVALID_REFRESH_TOKEN",): CALLS - 1}
    assert list((await read_sessions(accounts)).values()) == [("REVOKED", "REUSE")]
    (winner,) = [payload for payload in payloads if payload["user"]]
    assert not await is_alive(accounts, winner)
    assert codes(await accounts.refresh(winner["refreshToken"])) == ["INVALID_REFRESH_TOKEN"]


async def refresh_tokens_of_two_sessions(accounts: Accounts) -> None:
    tokens = [(await accounts.register())["refreshToken"], (await accounts.log_in())["refreshToken"]]
    payloads = await at_once(accounts, *(accounts.refresh(tokens[number % 2]) for number in range(CALLS)))
    for half in (payloads[::2], payloads[1::2]):
        assert count_codes(half) == {(): 1, ("INVALID_REFRESH_TOKEN",): CALLS // 2 - 1}
    assert list((await read_sessions(accounts)).values()) == [("REVOKED", "REUSE")] * 2


async def log_out_of_one_session(accounts: Accounts) -> None:
    first, other = await accounts.register(), await accounts.log_in()
    principal = await accounts.principal(first)
    payloads = await at_once(accounts, *(accounts.call("logout", principal) for _ in range(CALLS)))
    session = {
        "id": principal.session_id,
        "status": "REVOKED",
        "revocationReason": "LOGGED_OUT",
        "isCurrent": True,
    }
    assert payloads == [{"session": session, "errors": []}] * CALLS
    assert [await is_alive(accounts, payload) for payload in (first, other)] == [False, True]


async def log_out_everywhere_from_two_sessions(accounts: Accounts) -> None:
    signed_in = [await accounts.register(), *[await accounts.log_in() for _ in range(3)]]
    principals = [await accounts.principal(payload) for payload in signed_in[:2]]
    payloads = await at_once(
        accounts, *(accounts.call("logout", principals[number % 2], everywhere=True) for number in range(CALLS))
    )
    assert count_codes(payloads) == {(): CALLS}
    assert [payload["session"]["id"] for payload in payloads] == [each.session_id for each in principals] * 3
    assert {payload["session"]["status"] for payload in payloads} == {"REVOKED"}
    assert set((await read_sessions(accounts)).values()) == {("REVOKED", "LOGGED_OUT")}
    assert not any([await is_alive(accounts, payload) for payload in signed_in])


async def log_out_everywhere_while_another_session_is_refreshed(accounts: Accounts) -> None:
    tokens = [(await accounts.register())["refreshToken"], (await accounts.log_in())["refreshToken"]]
    principal = await accounts.principal(await accounts.log_in())
    ended, *refreshed = await at_once(
        accounts,
        accounts.call("logout", principal, everywhere=True),
        *(accounts.refresh(token) for token in tokens),
        accounts.call("logout", principal, everywhere=True),
    )
    assert ended["session"]["status"] == "REVOKED"
    assert set(count_codes(refreshed)) <= {(), ("INVALID_REFRESH_TOKEN",)}
    assert set((await read_sessions(accounts)).values()) == {("REVOKED", "LOGGED_OUT")}
    assert not any([await is_alive(accounts, payload) for payload in refreshed if payload.get("user")])


async def change_one_password(accounts: Accounts) -> None:
    principal = await accounts.principal(await accounts.register())
    wanted = [f"{OTHER} {number}" for number in range(CALLS)]
    payloads = await at_once(
        accounts,
        *(accounts.call("changePassword", principal, currentPassword=PASSWORD, newPassword=each) for each in wanted),
    )
    assert count_codes(payloads) == {(): 1, ("INVALID_CREDENTIALS",): CALLS - 1}
    (made,) = [each for each, payload in zip(wanted, payloads, strict=True) if payload["user"]]
    logins = [codes(await accounts.log_in(password=each)) for each in wanted]
    assert logins == [[] if each == made else ["INVALID_CREDENTIALS"] for each in wanted]


async def change_a_password_to_itself(accounts: Accounts) -> None:
    principal = await accounts.principal(await accounts.register())
    change = {"currentPassword": PASSWORD, "newPassword": PASSWORD}
    payloads = await at_once(accounts, *(accounts.call("changePassword", principal, **change) for _ in range(CALLS)))
    assert count_codes(payloads) == {(): CALLS}
    assert codes(await accounts.log_in()) == []


async def change_one_password_from_two_sessions(accounts: Accounts) -> None:
    signed_in = [await accounts.register(), await accounts.log_in()]
    principals = [await accounts.principal(payload) for payload in signed_in]
    change = {"currentPassword": PASSWORD, "newPassword": OTHER}
    payloads = await at_once(
        accounts, *(accounts.call("changePassword", principals[number % 2], **change) for number in range(CALLS))
    )
    assert count_codes(payloads) == {(): 1, ("INVALID_CREDENTIALS",): CALLS - 1}
    winner = next(number % 2 for number, payload in enumerate(payloads) if payload["user"])
    assert [await is_alive(accounts, payload) for payload in signed_in] == [winner == 0, winner == 1]
    sessions = await read_sessions(accounts)
    assert sessions[principals[winner].session_id or ""] == ("ACTIVE", None)
    assert sessions[principals[1 - winner].session_id or ""] == ("REVOKED", "CREDENTIALS_CHANGED")


async def grant_one_role(accounts: Accounts) -> None:
    user_id = (await accounts.register())["user"]["id"]
    grant = {"userId": user_id, "role": "SUPPORT"}
    payloads = await at_once(accounts, *(accounts.call("grantRole", STAFF, **grant) for _ in range(CALLS)))
    user = {"id": user_id, "roles": ["CUSTOMER", "SUPPORT"]}
    assert payloads == [{"user": user, "errors": []}] * CALLS
    assert await accounts.count("role_grants") == 2


async def revoke_one_role(accounts: Accounts) -> None:
    payload = await accounts.register()
    revoke = {"userId": payload["user"]["id"], "role": "CUSTOMER"}
    payloads = await at_once(accounts, *(accounts.call("revokeRole", STAFF, **revoke) for _ in range(CALLS)))
    assert payloads == [{"user": {"id": payload["user"]["id"], "roles": []}, "errors": []}] * CALLS
    assert list((await read_sessions(accounts)).values()) == [("REVOKED", "ROLE_REVOKED")]
    assert not await is_alive(accounts, payload)


async def grant_and_revoke_one_role(accounts: Accounts) -> None:
    payload = await accounts.register()
    user_id = payload["user"]["id"]
    names = ["grantRole", "revokeRole"] * (CALLS // 2)
    payloads = await at_once(accounts, *(accounts.call(name, STAFF, userId=user_id, role="CUSTOMER") for name in names))
    assert count_codes(payloads) == {(): CALLS}
    # Whatever came last, the first to revoke found the role and ended the session.
    assert await read_roles(accounts, user_id) in ([], ["CUSTOMER"])
    assert list((await read_sessions(accounts)).values()) == [("REVOKED", "ROLE_REVOKED")]


async def revoke_roles_of_one_another(accounts: Accounts) -> None:
    signed_in = [await accounts.register(), await accounts.register("grace@example.com")]
    identities = [payload["user"]["id"] for payload in signed_in]
    staff = [Principal(user_id=identity, scopes=STAFF.scopes) for identity in identities]
    payloads = await at_once(
        accounts,
        *(
            accounts.call("revokeRole", staff[number % 2], userId=identities[1 - number % 2], role="CUSTOMER")
            for number in range(CALLS)
        ),
    )
    assert count_codes(payloads) == {(): CALLS}
    assert [await read_roles(accounts, identity) for identity in identities] == [[], []]
    assert list((await read_sessions(accounts)).values()) == [("REVOKED", "ROLE_REVOKED")] * 2
    assert not any([await is_alive(accounts, payload) for payload in signed_in])


SAME_OBJECT: Final[tuple[tuple[str, Callable[[Accounts], Awaitable[None]]], ...]] = (
    ("register", register_one_address),
    ("login", log_in_to_one_account),
    ("login", log_in_while_each_replaces_the_hash),
    ("login", log_in_while_the_password_changes),
    ("refresh", refresh_one_token),
    ("refresh", refresh_tokens_of_two_sessions),
    ("logout", log_out_of_one_session),
    ("logout", log_out_everywhere_from_two_sessions),
    ("logout", log_out_everywhere_while_another_session_is_refreshed),
    ("changePassword", change_one_password),
    ("changePassword", change_a_password_to_itself),
    ("changePassword", change_one_password_from_two_sessions),
    ("grantRole", grant_one_role),
    ("revokeRole", revoke_one_role),
    ("revokeRole", grant_and_revoke_one_role),
    ("revokeRole", revoke_roles_of_one_another),
)


@pytest.mark.parametrize("check", [check for _, check in SAME_OBJECT])
async def test_of_the_same_object_in_some_order(
    accounts: Accounts, check: Callable[[Accounts], Awaitable[None]]
) -> None:
    await check(accounts)


def test_every_mutation_is_in_the_table() -> None:
    assert {name for name, _ in SAME_OBJECT} == {declaration.name for declaration in MUTATIONS}
