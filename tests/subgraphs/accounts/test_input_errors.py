"""An input with every field wrong: one error for each of them, with its path, whatever the mutation."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

import pytest

from entrepot.shared.events.inbox.idempotency import hash_input
from entrepot.shared.graphql.mutations.inputs import build_input
from entrepot.subgraphs.accounts import service
from entrepot.subgraphs.accounts.api.mutations import MUTATIONS
from entrepot.subgraphs.accounts.events import GuestCart
from entrepot.subgraphs.accounts.service import Registration, SignInGuestCart
from tests.support.accounts import PASSWORD, Accounts
from tests.support.subgraphs import customer

BAD: Final = "BAD_USER_INPUT"
STAFF: Final = customer(10, "users:write")
CART: Final = {"id": "", "token": "t" * 256}

BAD_INPUT: Final[tuple[tuple[str, dict[str, Any], list[tuple[str, str]]], ...]] = (
    (
        "register",
        {"email": "ada", "password": "short", "name": " ", "guestCart": CART, "idempotencyKey": "k" * 256},
        [
            ("email", BAD),
            ("name", BAD),
            ("password", "WEAK_PASSWORD"),
            ("guestCart.id", BAD),
            ("guestCart.token", BAD),
            ("idempotencyKey", BAD),
        ],
    ),
    (
        "register",
        {"email": "eve@example.com", "password": "eve@example.com", "name": "Eve", "idempotencyKey": ""},
        [("password", "WEAK_PASSWORD"), ("idempotencyKey", BAD)],
    ),
    (
        "login",
        {"email": "nobody@example.com", "password": "wrong", "guestCart": CART},
        # Which of email and password is wrong is not said, and nothing is without a well-formed cart.
        [("guestCart.id", BAD), ("guestCart.token", BAD)],
    ),
    ("refresh", {"refreshToken": ""}, [("refreshToken", "INVALID_REFRESH_TOKEN")]),
    (
        "changePassword",
        {"currentPassword": "wrong", "newPassword": "short"},
        [("currentPassword", "INVALID_CREDENTIALS"), ("newPassword", "WEAK_PASSWORD")],
    ),
    ("grantRole", {"userId": "usr_none", "role": "ADMIN"}, [("userId", "NOT_FOUND")]),
    ("revokeRole", {"userId": "usr_none", "role": "ADMIN"}, [("userId", "NOT_FOUND")]),
)


@pytest.mark.parametrize(("name", "given", "wanted"), BAD_INPUT)
async def test_every_wrong_field_is_an_error_with_its_path(
    accounts: Accounts, name: str, given: dict[str, Any], wanted: list[tuple[str, str]]
) -> None:
    registered = await accounts.register()
    principal = STAFF if name.endswith("Role") else await accounts.principal(registered)
    payload = await accounts.call(name, principal, **given)
    assert [(".".join(error["path"]), error["code"]) for error in payload["errors"]] == wanted
    assert payload[next(iter(payload))] is None
    assert await accounts.count("users") == 1


def test_every_mutation_is_in_the_table() -> None:
    # The input of a logout is one Boolean, which cannot be wrong.
    assert {name for name, _, _ in BAD_INPUT} == {declaration.name for declaration in MUTATIONS} - {"logout"}


SECRET: Final = "s3cret-s3cret-s3cret"


def test_secrets_are_not_printed() -> None:
    cart = SignInGuestCart(id="crt_1", token=SECRET)
    commands: tuple[Any, ...] = (
        service.Register(email="ada@example.com", password=SECRET, name="Ada", guest_cart=cart),
        service.Login(email="ada@example.com", password=SECRET, guest_cart=cart),
        service.Refresh(refresh_token=SECRET),
        service.ChangePassword(current_password=SECRET, new_password=SECRET),
    )
    for command in commands:
        values = {field.name: getattr(command, field.name) for field in fields(command)}
        given = build_input(type(command), is_command=True).graphql(**values)
        assert SECRET in str(values.values())
        assert SECRET not in repr((command, given))
    guest_cart = GuestCart("crt_1", SECRET)
    hashes = {"known_hash": SECRET, "new_hash": SECRET}
    prepared = (
        register_with(SECRET, guest_cart=guest_cart),
        service.SignIn(user_id="usr_1", password=SECRET, guest_cart=guest_cart, **hashes),
        service.PasswordChange(current_password=SECRET, **hashes),
    )
    assert SECRET not in repr(prepared)


def test_a_key_is_bound_to_all_but_the_password() -> None:
    (once,) = [declaration.once for declaration in MUTATIONS if declaration.once is not None]
    first = hash_input(once.bound_to(register_with(PASSWORD)))
    assert first == hash_input(once.bound_to(register_with(SECRET)))
    assert first != hash_input(once.bound_to(register_with(PASSWORD, guest_cart=GuestCart("crt_1", "hash"))))


def register_with(password: str, *, guest_cart: GuestCart | None = None) -> Registration:
    return Registration(
        email="ada@example.com", name="Ada", password=password, password_hash=password, guest_cart=guest_cart
    )
