"""Logging in with email address and password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from entrepot.shared.errors import InvalidInput
from entrepot.shared.events import UnitOfWorkFactory
from entrepot.shared.input_checks import check_input
from entrepot.subgraphs.accounts.emails import normalize_email
from entrepot.subgraphs.accounts.errors import InvalidCredentials
from entrepot.subgraphs.accounts.events import GuestCart, user_signed_in
from entrepot.subgraphs.accounts.ports import AccountsDependencies
from entrepot.subgraphs.accounts.repository import AccountsRepository
from entrepot.subgraphs.accounts.service.sessions import SignedIn, Unit, open_session
from entrepot.subgraphs.accounts.tokens import hash_token

_MAX_CART_TEXT: Final = 255


@dataclass(frozen=True, slots=True)
class SignIn:
    """Credentials that were right: whose, the stored hash they were right for, and the hash to store from now on."""

    user_id: str
    known_hash: str
    new_hash: str


async def prepare_login(
    transactions: UnitOfWorkFactory[AccountsDependencies],
    *,
    email: str,
    password: str,
    caller_address: str | None = None,
) -> SignIn:
    """Check the password; raises TooManyAttempts and InvalidCredentials, after the same work for an unknown email.

    `caller_address` is where the request comes from, where that is known.
    """
    address, passwords = normalize_email(email), transactions.dependencies.passwords
    await transactions.dependencies.attempts.take("login", address, caller_address)
    async with transactions.database.read() as session:
        user = await AccountsRepository(session).get_user_by_email(address) if address.isprintable() else None
    is_right = await passwords.verify(user.password_hash if user else None, password)
    if user is None or not is_right:
        raise InvalidCredentials
    known = user.password_hash
    return SignIn(user.id, known, await passwords.hash(password) if passwords.needs_rehash(known) else known)


async def log_in(unit: Unit, *, sign_in: SignIn, guest_cart: GuestCart | None) -> SignedIn:
    """A session; raises InvalidCredentials when the password was changed in between."""
    repository = AccountsRepository(unit.session)
    # Also when the hash stays: the row is locked, so that a password change ends this session or refuses it.
    if not await repository.replace_password(
        sign_in.user_id, known=sign_in.known_hash, new=sign_in.new_hash, now=unit.now
    ):
        raise InvalidCredentials
    user = await repository.get_user(sign_in.user_id)
    assert user is not None, "its row was just updated"
    signed_in = await open_session(unit, user)
    unit.publish(user_signed_in(signed_in.session, guest_cart))
    return signed_in


def read_guest_cart(cart_id: str, token: str) -> GuestCart:
    """The cart with the hash of its secret; raises InvalidInput for what can be neither, InputErrors for both."""
    with check_input() as checks:
        checks.run(_check_cart_text, "id", cart_id)
        checks.run(_check_cart_text, "token", token)
    return GuestCart(cart_id, hash_token(token))


def _check_cart_text(name: str, value: str) -> None:
    if not 1 <= len(value) <= _MAX_CART_TEXT or not value.isprintable():
        raise InvalidInput(
            f"The {name} of a guest cart is 1 to {_MAX_CART_TEXT} printable characters.", path=("guestCart", name)
        )
