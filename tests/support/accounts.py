"""Accounts as a client uses them: mutations by name, tokens turned into principals as a router does."""

from __future__ import annotations

from typing import Any, Final

from entrepot.shared.auth import ANONYMOUS, Principal, TokenRules, TokenVerifier
from tests.support.subgraphs import SubgraphUnderTest

CHEAP: Final = {"ENTREPOT_ACCOUNTS_ARGON2_TIME_COST": "1", "ENTREPOT_ACCOUNTS_ARGON2_MEMORY_KIB": "8"}
PASSWORD: Final = "correct horse battery"

_SIGNED_IN: Final = "accessToken refreshToken expiresIn user { id name email roles scopes }"
_ERRORS: Final = "__typename ... on UserError { code path message }"
_RETRY: Final = "... on TooManyAttemptsError { retryAfter }"


def _mutation(name: str, selection: str, errors: str = "") -> str:
    kind = f"{name[0].upper()}{name[1:]}Input"
    return f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {selection} errors {{ {_ERRORS} {errors} }} }} }}"


MUTATIONS: Final = {
    "register": _mutation("register", _SIGNED_IN, _RETRY),
    "login": _mutation("login", _SIGNED_IN, _RETRY),
    "refresh": _mutation("refresh", _SIGNED_IN),
    "logout": _mutation("logout", "session { id status revocationReason isCurrent }"),
    "changePassword": _mutation("changePassword", "user { id email }", _RETRY),
    "grantRole": _mutation("grantRole", "user { id roles }"),
    "revokeRole": _mutation("revokeRole", "user { id roles }"),
}


class Accounts:
    """The subgraph as a client uses it: mutations by name, tokens turned into principals as a router does."""

    def __init__(self, under_test: SubgraphUnderTest) -> None:
        self.under_test = under_test
        self.clock = under_test.clock
        self.dependencies: Any = under_test.process.dependencies
        self.verifier = self.build_verifier()

    def build_verifier(self, **rules: Any) -> TokenVerifier:
        wanted = TokenRules(**{"issuer": "entrepot", "audience": "entrepot", **rules})
        return TokenVerifier(wanted, self.dependencies.keys, self.clock, self.dependencies.denylist)

    async def call(self, mutation: str, principal: Principal = ANONYMOUS, /, **given: Any) -> dict[str, Any]:
        """The payload of a mutation."""
        response = await self.under_test.execute(MUTATIONS[mutation], principal, input=given)
        assert "errors" not in response, response
        return response["data"][mutation]

    async def register(self, email: str = "ada@example.com", **given: Any) -> dict[str, Any]:
        defaults = {"email": email, "password": PASSWORD, "name": "Ada", "idempotencyKey": email}
        return await self.call("register", **{**defaults, **given})

    async def log_in(self, email: str = "ada@example.com", password: str = PASSWORD, **given: Any) -> dict[str, Any]:
        return await self.call("login", email=email, password=password, **given)

    async def refresh(self, token: str) -> dict[str, Any]:
        return await self.call("refresh", refreshToken=token)

    async def principal(self, payload: dict[str, Any]) -> Principal:
        """Whom a router takes the bearer of the payload's access token for."""
        return await self.verifier.verify(payload["accessToken"])

    async def count(self, table: str) -> int:
        async with self.under_test.process.database.read() as session:
            connection = await session.connection()
            return (await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 - a table's name


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["errors"]]
