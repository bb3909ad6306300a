"""Accounts as their clients see them."""

from __future__ import annotations

from typing import Any

import pytest

from entrepot.shared.auth import ANONYMOUS, Caller, Principal
from entrepot.shared.errors import Unauthenticated
from entrepot.shared.events.contracts.accounts import UserRegistered, UserSignedIn
from entrepot.subgraphs.accounts import service
from entrepot.subgraphs.accounts.errors import InvalidCredentials
from entrepot.subgraphs.accounts.passwords import COMMON_PASSWORDS
from entrepot.subgraphs.accounts.tokens import hash_token
from tests.support.accounts import PASSWORD, Accounts, codes
from tests.support.subgraphs import customer

STAFF = Principal(user_id="usr_00000000-0000-7000-8000-00000000000a", scopes=frozenset({"users:read", "users:write"}))
TABLES = ("users", "role_grants", "sessions", "refresh_tokens", "outbox", "idempotency_keys")


async def count_all(accounts: Accounts) -> list[int]:
    return [await accounts.count(table) for table in TABLES]


class TestRegister:
    async def test_answers_tokens_of_a_customer(self, accounts: Accounts) -> None:
        payload = await accounts.register(email="  Ada@Example.COM ", name=" Ada ")
        assert payload["errors"] == []
        assert payload["expiresIn"] == 600
        assert payload["user"] | {"id": ""} == {
            "id": "",
            "name": "Ada",
            "email": "ada@example.com",
            "roles": ["CUSTOMER"],
            "scopes": ["orders:create"],
        }
        principal = await accounts.principal(payload)
        assert principal.user_id == payload["user"]["id"]
        assert principal.scopes == {"orders:create"}

    async def test_announces_the_user_and_the_session(self, accounts: Accounts) -> None:
        payload = await accounts.register(guestCart={"id": "crt_1", "token": "secret"})
        principal = await accounts.principal(payload)
        user_id = payload["user"]["id"]
        assert await accounts.under_test.published() == [
            UserRegistered(user_id=user_id),
            UserSignedIn(
                user_id=user_id,
                session_id=principal.session_id or "",
                guest_cart_id="crt_1",
                guest_cart_token_hash=hash_token("secret"),
            ),
        ]

    async def test_a_repeated_key_answers_the_same_user_and_makes_none(self, accounts: Accounts) -> None:
        first, again = await accounts.register(), await accounts.register()
        assert again["errors"] == []
        assert again["user"] == first["user"]
        assert again["refreshToken"] != first["refreshToken"]
        assert await accounts.count("users") == 1
        assert len(await accounts.under_test.published()) == 2
        for payload in (first, again):
            assert (await accounts.principal(payload)).user_id == first["user"]["id"]
            assert codes(await accounts.refresh(payload["refreshToken"])) == []

    @pytest.mark.parametrize(
        "other",
        [
            {"name": "Eve"},
            {"email": "eve@example.com"},
            {"password": "another password"},
            {"guestCart": {"id": "c", "token": "t"}},
        ],
        ids=lambda other: next(iter(other)),
    )
    async def test_a_repeated_key_with_another_input_is_refused(
        self, accounts: Accounts, other: dict[str, Any]
    ) -> None:
        await accounts.register(idempotencyKey="once")
        before = await count_all(accounts)
        payload = await accounts.register(**{"idempotencyKey": "once", **other})
        assert codes(payload) == ["IDEMPOTENCY_CONFLICT"]
        assert payload["accessToken"] is None
        assert await count_all(accounts) == before

    async def test_keeps_neither_password_nor_a_fast_hash_of_it(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        async with accounts.under_test.process.database.read() as session:
            connection = await session.connection()
            stored = ""
            for table in TABLES:
                stored += str((await connection.exec_driver_sql(f"SELECT * FROM {table}")).all())  # noqa: S608 - a table's name
        assert "$argon2id$" in stored
        for secret in (PASSWORD, hash_token(PASSWORD), payload["refreshToken"], payload["accessToken"]):
            assert secret not in stored

    @pytest.mark.parametrize(
        ("given", "code", "path"),
        [
            ({"email": ""}, "BAD_USER_INPUT", ["email"]),
            ({"email": "ada"}, "BAD_USER_INPUT", ["email"]),
            ({"email": "ada@example.com\ud800"}, "BAD_USER_INPUT", ["email"]),
            ({"email": f"{'a' * 250}@example.com"}, "BAD_USER_INPUT", ["email"]),
            ({"name": "  "}, "BAD_USER_INPUT", ["name"]),
            ({"name": "x" * 201}, "BAD_USER_INPUT", ["name"]),
            ({"name": "Ada\u0007"}, "BAD_USER_INPUT", ["name"]),
            ({"name": "Ada\ud800"}, "BAD_USER_INPUT", ["name"]),
            ({"password": ""}, "WEAK_PASSWORD", ["password"]),
            ({"password": "ninechars"}, "WEAK_PASSWORD", ["password"]),
            ({"password": "x1" * 64 + "y"}, "WEAK_PASSWORD", ["password"]),
            ({"password": "QWERTYuiop"}, "WEAK_PASSWORD", ["password"]),
            ({"password": "zzzzzzzzzzzz"}, "WEAK_PASSWORD", ["password"]),
            ({"password": "EVE@example.com"}, "WEAK_PASSWORD", ["password"]),
            ({"guestCart": {"id": "", "token": "t"}}, "BAD_USER_INPUT", ["guestCart", "id"]),
            ({"guestCart": {"id": "c", "token": "t" * 256}}, "BAD_USER_INPUT", ["guestCart", "token"]),
            ({"idempotencyKey": ""}, "BAD_USER_INPUT", ["idempotencyKey"]),
            ({"idempotencyKey": "k" * 256}, "BAD_USER_INPUT", ["idempotencyKey"]),
            ({"email": "ADA@example.com"}, "EMAIL_TAKEN", ["email"]),
        ],
    )
    async def test_bad_input_changes_nothing(
        self, accounts: Accounts, given: dict[str, Any], code: str, path: list[str]
    ) -> None:
        await accounts.register()
        before = await count_all(accounts)
        payload = await accounts.register(**{"email": "eve@example.com", "idempotencyKey": "eve", **given})
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [(code, path)]
        assert (payload["user"], payload["accessToken"], payload["refreshToken"]) == (None, None, None)
        assert await count_all(accounts) == before

    def test_every_common_password_could_be_chosen_by_its_length(self) -> None:
        assert all(10 <= len(word) <= 128 and word == word.casefold() for word in COMMON_PASSWORDS)


class TestLogin:
    async def test_opens_a_session_and_brings_the_guest_cart(self, accounts: Accounts) -> None:
        registered = await accounts.register()
        await accounts.under_test.published()
        payload = await accounts.log_in(" ADA@EXAMPLE.com", guestCart={"id": "crt_1", "token": "secret"})
        assert payload["errors"] == []
        assert payload["user"] == registered["user"]
        principal = await accounts.principal(payload)
        assert await accounts.under_test.published() == [
            UserSignedIn(
                user_id=registered["user"]["id"],
                session_id=principal.session_id or "",
                guest_cart_id="crt_1",
                guest_cart_token_hash=hash_token("secret"),
            )
        ]

    async def test_without_a_guest_cart_announces_none(self, accounts: Accounts) -> None:
        await accounts.register()
        await accounts.under_test.published()
        await accounts.log_in(guestCart=None)
        (event,) = await accounts.under_test.published()
        assert isinstance(event, UserSignedIn)
        assert (event.guest_cart_id, event.guest_cart_token_hash) == (None, None)

    @pytest.mark.parametrize(
        ("email", "password"),
        [
            ("ada@example.com", "wrong password"),
            ("nobody@example.com", PASSWORD),
            ("", ""),
            ("not an address \ud800", PASSWORD),
            ("ada@example.com", "x" * 100_000),
            ("ada@example.com", "\ud800"),
        ],
    )
    async def test_is_refused_with_one_answer(self, accounts: Accounts, email: str, password: str) -> None:
        await accounts.register()
        before = await count_all(accounts)
        payload = await accounts.log_in(email, password)
        assert payload["errors"] == [
            {
                "__typename": "InvalidCredentialsError",
                "code": "INVALID_CREDENTIALS",
                "path": None,
                "message": "Email address or password is wrong. Check both and try again.",
            }
        ]
        assert (payload["user"], payload["accessToken"], payload["refreshToken"]) == (None, None, None)
        assert await count_all(accounts) == before

    async def test_is_refused_when_the_password_was_changed_while_it_was_checked(self, accounts: Accounts) -> None:
        principal = await accounts.principal(await accounts.register())
        transactions = accounts.under_test.transactions
        command = service.Login(email="ada@example.com", password=PASSWORD)
        sign_in = await service.prepare_login(transactions, Caller(), command)
        await accounts.call("changePassword", principal, currentPassword=PASSWORD, newPassword="a better password")
        with pytest.raises(InvalidCredentials):
            async with transactions.begin() as unit:
                await service.log_in(unit, sign_in)
        assert await accounts.count("sessions") == 1

    async def test_takes_a_password_however_its_letters_were_typed(self, accounts: Accounts) -> None:
        await accounts.register(password="mot de passe é")
        assert codes(await accounts.log_in(password="mot de passe e\u0301")) == []

    async def test_a_malformed_guest_cart_is_refused(self, accounts: Accounts) -> None:
        await accounts.register()
        payload = await accounts.log_in(guestCart={"id": "crt_1", "token": ""})
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [
            ("BAD_USER_INPUT", ["guestCart", "token"])
        ]


class TestLogout:
    async def test_ends_the_session_and_its_tokens(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        principal = await accounts.principal(payload)
        ended = await accounts.call("logout", principal)
        assert ended == {
            "session": {
                "id": principal.session_id,
                "status": "REVOKED",
                "revocationReason": "LOGGED_OUT",
                "isCurrent": True,
            },
            "errors": [],
        }
        with pytest.raises(Unauthenticated, match="revoked"):
            await accounts.principal(payload)
        assert codes(await accounts.refresh(payload["refreshToken"])) == ["INVALID_REFRESH_TOKEN"]

    async def test_leaves_other_sessions(self, accounts: Accounts) -> None:
        first, second = await accounts.register(), await accounts.log_in()
        await accounts.call("logout", await accounts.principal(first))
        assert await accounts.principal(second)
        assert codes(await accounts.refresh(second["refreshToken"])) == []

    async def test_everywhere_ends_all_of_the_user_and_none_of_others(self, accounts: Accounts) -> None:
        first, second = await accounts.register(), await accounts.log_in()
        other = await accounts.register("grace@example.com")
        await accounts.call("logout", await accounts.principal(first), everywhere=True)
        for payload in (first, second):
            with pytest.raises(Unauthenticated):
                await accounts.principal(payload)
            assert codes(await accounts.refresh(payload["refreshToken"])) == ["INVALID_REFRESH_TOKEN"]
        assert await accounts.principal(other)

    async def test_needs_no_input_and_may_be_repeated(self, accounts: Accounts) -> None:
        principal = await accounts.principal(await accounts.register())
        query = "mutation { logout { session { status } errors { __typename } } }"
        responses = [await accounts.under_test.execute(query, principal) for _ in range(2)]
        assert responses == [{"data": {"logout": {"session": {"status": "REVOKED"}, "errors": []}}}] * 2

    async def test_of_a_token_without_a_session_of_its_user(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        owner = await accounts.principal(payload)
        thief = Principal(user_id="usr_other", session_id=owner.session_id)
        assert (await accounts.call("logout", thief))["session"] is None
        assert await accounts.principal(payload) == owner


class TestChangePassword:
    async def test_ends_the_other_sessions(self, accounts: Accounts) -> None:
        first, second = await accounts.register(), await accounts.log_in()
        principal = await accounts.principal(first)
        changed = await accounts.call(
            "changePassword", principal, currentPassword=PASSWORD, newPassword="a better password"
        )
        assert changed == {"user": {"id": principal.user_id, "email": "ada@example.com"}, "errors": []}
        assert await accounts.principal(first) == principal
        assert codes(await accounts.refresh(first["refreshToken"])) == []
        with pytest.raises(Unauthenticated):
            await accounts.principal(second)
        assert codes(await accounts.refresh(second["refreshToken"])) == ["INVALID_REFRESH_TOKEN"]
        assert codes(await accounts.log_in()) == ["INVALID_CREDENTIALS"]
        assert codes(await accounts.log_in(password="a better password")) == []

    @pytest.mark.parametrize(
        ("current", "new", "code", "path"),
        [
            ("wrong password", "a better password", "INVALID_CREDENTIALS", ["currentPassword"]),
            ("", "a better password", "INVALID_CREDENTIALS", ["currentPassword"]),
            (PASSWORD, "short", "WEAK_PASSWORD", ["newPassword"]),
            (PASSWORD, "password123", "WEAK_PASSWORD", ["newPassword"]),
            (PASSWORD, "ada@example.com", "WEAK_PASSWORD", ["newPassword"]),
        ],
    )
    async def test_bad_input_changes_nothing(
        self, accounts: Accounts, current: str, new: str, code: str, path: list[str]
    ) -> None:
        first, second = await accounts.register(), await accounts.log_in()
        principal = await accounts.principal(first)
        payload = await accounts.call("changePassword", principal, currentPassword=current, newPassword=new)
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [(code, path)]
        assert payload["user"] is None
        assert await accounts.principal(second)
        assert codes(await accounts.log_in()) == []

    async def test_of_a_user_who_is_gone(self, accounts: Accounts) -> None:
        payload = await accounts.call(
            "changePassword", customer(9), currentPassword=PASSWORD, newPassword="a better password"
        )
        assert codes(payload) == ["INVALID_CREDENTIALS"]


class TestRoles:
    async def test_a_granted_role_shows_in_the_next_token(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        granted = await accounts.call("grantRole", STAFF, userId=payload["user"]["id"], role="SUPPORT")
        again = await accounts.call("grantRole", STAFF, userId=payload["user"]["id"], role="SUPPORT")
        assert (
            granted == again == {"user": {"id": payload["user"]["id"], "roles": ["CUSTOMER", "SUPPORT"]}, "errors": []}
        )
        assert (await accounts.principal(payload)).roles == ("customer",)
        refreshed = await accounts.refresh(payload["refreshToken"])
        principal = await accounts.principal(refreshed)
        assert principal.roles == ("customer", "support")
        assert principal.has_scopes([["users:read", "orders:read"]])

    async def test_a_revoked_role_is_gone_at_once(self, accounts: Accounts) -> None:
        user_id = (await accounts.register())["user"]["id"]
        await accounts.call("grantRole", STAFF, userId=user_id, role="ADMIN")
        payload = await accounts.log_in()
        assert (await accounts.principal(payload)).has_scopes([["users:write"]])
        revoked = await accounts.call("revokeRole", STAFF, userId=user_id, role="ADMIN")
        assert revoked == {"user": {"id": user_id, "roles": ["CUSTOMER"]}, "errors": []}
        with pytest.raises(Unauthenticated):
            await accounts.principal(payload)
        assert (await accounts.principal(await accounts.log_in())).roles == ("customer",)

    async def test_revoking_what_is_not_granted_ends_nothing(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        await accounts.call("revokeRole", STAFF, userId=payload["user"]["id"], role="ADMIN")
        assert await accounts.principal(payload)

    @pytest.mark.parametrize("mutation", ["grantRole", "revokeRole"])
    async def test_of_an_unknown_user(self, accounts: Accounts, mutation: str) -> None:
        payload = await accounts.call(mutation, STAFF, userId="usr_none", role="ADMIN")
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [("NOT_FOUND", ["userId"])]

    async def test_nobody_takes_the_admin_role_from_themself(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        admin = Principal(user_id=payload["user"]["id"], scopes=frozenset({"users:read", "users:write"}))
        await accounts.call("grantRole", STAFF, userId=admin.user_id, role="ADMIN")
        refused = await accounts.call("revokeRole", admin, userId=admin.user_id, role="ADMIN")
        assert [(error["code"], error["path"]) for error in refused["errors"]] == [("OWN_ROLE", ["role"])]
        assert codes(await accounts.call("revokeRole", admin, userId=admin.user_id, role="CUSTOMER")) == []


USER = "query ($id: ID!) { user(id: $id) { id name email roles scopes sessions { status isCurrent } } }"


class TestUser:
    async def test_me(self, accounts: Accounts) -> None:
        principal = await accounts.principal(await accounts.register())
        await accounts.log_in()
        found = await accounts.under_test.execute("{ me { email sessions { status isCurrent } } }", principal)
        assert found == {
            "data": {
                "me": {
                    "email": "ada@example.com",
                    "sessions": [
                        {"status": "ACTIVE", "isCurrent": False},
                        {"status": "ACTIVE", "isCurrent": True},
                    ],
                }
            }
        }

    async def test_expired_sessions_are_not_shown(self, accounts: Accounts) -> None:
        principal = await accounts.principal(await accounts.register())
        accounts.clock.advance(14 * 86_400)
        found = await accounts.under_test.execute("{ me { sessions { id } } }", principal)
        assert found["data"]["me"]["sessions"] == []

    async def test_is_seen_by_themself_and_staff(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        for principal in (await accounts.principal(payload), STAFF):
            found = await accounts.under_test.execute(USER, principal, id=payload["user"]["id"])
            assert found["data"]["user"]["email"] == "ada@example.com"

    async def test_another_customer_sees_what_an_unknown_id_shows(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        other = customer(9, "orders:create", "orders:read")
        responses = [
            await accounts.under_test.execute(USER, other, id=identity)
            for identity in (payload["user"]["id"], "usr_none", "", other.user_id)
        ]
        assert responses == [{"data": {"user": None}}] * 4

    @pytest.mark.parametrize(
        ("operation", "principal", "code"),
        [
            ('{ user(id: "usr_1") { id } }', ANONYMOUS, "UNAUTHENTICATED"),
            ("{ users { edges { cursor } } }", ANONYMOUS, "UNAUTHENTICATED"),
            ("{ users { edges { cursor } } }", customer(1, "users:write"), "FORBIDDEN"),
            ("mutation { logout { errors { __typename } } }", ANONYMOUS, "UNAUTHENTICATED"),
            (
                'mutation { changePassword(input: {currentPassword: "", newPassword: ""}) { errors { __typename } } }',
                ANONYMOUS,
                "UNAUTHENTICATED",
            ),
            (
                'mutation { grantRole(input: {userId: "usr_1", role: ADMIN}) { errors { __typename } } }',
                customer(1, "users:read"),
                "FORBIDDEN",
            ),
            (
                'mutation { revokeRole(input: {userId: "usr_1", role: ADMIN}) { errors { __typename } } }',
                customer(1, "users:read"),
                "FORBIDDEN",
            ),
        ],
    )
    async def test_rights_are_checked(
        self, accounts: Accounts, operation: str, principal: Principal, code: str
    ) -> None:
        response = await accounts.under_test.execute(operation, principal)
        assert [error["extensions"]["code"] for error in response["errors"]] == [code]


class TestUsers:
    async def test_are_filtered(self, accounts: Accounts) -> None:
        for name in ("ada", "grace", "mary"):
            await accounts.register(f"{name}@example.com")
        query = "query ($filter: UserFilterInput) { users(filter: $filter) { edges { node { email } } } }"

        async def find(**wanted: Any) -> list[str]:
            found = await accounts.under_test.execute(query, STAFF, filter=wanted)
            return [edge["node"]["email"].partition("@")[0] for edge in found["data"]["users"]["edges"]]

        assert await find() == ["ada", "grace", "mary"]
        assert await find(email=" GRACE@example.com") == ["grace"]
        assert await find(role="CUSTOMER") == ["ada", "grace", "mary"]
        assert await find(role="ADMIN") == []
        assert await find(email="ada@example.com", role="SUPPORT") == []

    async def test_a_malformed_filter_is_refused(self, accounts: Accounts) -> None:
        query = "query ($email: String) { users(filter: {email: $email}) { edges { cursor } } }"
        for email in ("ada", "ada@example.com\ud800"):
            found = await accounts.under_test.execute(query, STAFF, email=email)
            assert [error["extensions"]["code"] for error in found["errors"]] == ["BAD_USER_INPUT"]

    async def test_need_no_more_statements_when_there_are_more(self, accounts: Accounts) -> None:
        query = "query ($n: Int) { users(first: $n) { edges { node { email roles scopes sessions { id } } } } }"
        for number in range(12):
            await accounts.register(f"user{number}@example.com")
        counts = []
        for size in (1, 12):
            statements: list[str] = []
            stop = accounts.under_test.process.database.count_statements(statements.append)
            found = await accounts.under_test.execute(query, STAFF, n=size)
            stop()
            assert "errors" not in found
            assert len(found["data"]["users"]["edges"]) == size
            counts.append(len([text for text in statements if text.startswith("SELECT")]))
        assert counts == [3, 3]


ENTITIES = """query ($r: [_Any!]!, $private: Boolean!) {
  _entities(representations: $r) { ... on User { id name email @include(if: $private) } } }"""


class TestEntities:
    async def resolve(
        self, accounts: Accounts, principal: Principal, *ids: str, private: bool = False
    ) -> dict[str, Any]:
        representations = [{"__typename": "User", "id": identity} for identity in ids]
        return await accounts.under_test.execute(ENTITIES, principal, r=representations, private=private)

    async def test_are_named_to_themselves_and_to_staff_who_see_orders(self, accounts: Accounts) -> None:
        ada = await accounts.register()
        grace = await accounts.register("grace@example.com", name="Grace")
        ids = (ada["user"]["id"], grace["user"]["id"], "usr_none")
        own = await self.resolve(accounts, await accounts.principal(ada), *ids, private=True)
        assert own == {"data": {"_entities": [{"id": ids[0], "name": "Ada", "email": "ada@example.com"}, None, None]}}
        for staff in (customer(9, "orders:read"), STAFF):
            found = await self.resolve(accounts, staff, *ids)
            assert found == {
                "data": {"_entities": [{"id": ids[0], "name": "Ada"}, {"id": ids[1], "name": "Grace"}, None]}
            }
        assert await self.resolve(accounts, ANONYMOUS, *ids) == {"data": {"_entities": [None] * 3}}

    async def test_private_fields_are_null_with_a_code(self, accounts: Accounts) -> None:
        ada = await accounts.register()
        found = await self.resolve(accounts, customer(9, "orders:read"), ada["user"]["id"], private=True)
        assert found["data"]["_entities"] == [{"id": ada["user"]["id"], "name": "Ada", "email": None}]
        assert [(error["path"], error["extensions"]["code"]) for error in found["errors"]] == [
            (["_entities", 0, "email"], "FORBIDDEN")
        ]

    async def test_are_resolved_in_one_statement(self, accounts: Accounts) -> None:
        ids = [(await accounts.register(f"user{number}@example.com"))["user"]["id"] for number in range(10)]
        statements: list[str] = []
        stop = accounts.under_test.process.database.count_statements(statements.append)
        await self.resolve(accounts, STAFF, *ids, private=True)
        stop()
        assert len([text for text in statements if text.startswith("SELECT")]) == 1
