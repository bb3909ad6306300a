"""Logging in with email address and password."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.shared.auth import Caller
from entrepot.shared.events import UnitOfWorkFactory
from entrepot.subgraphs.accounts.emails import normalize_email
from entrepot.subgraphs.accounts.errors import InvalidCredentials
from entrepot.subgraphs.accounts.events import GuestCart, user_signed_in
from entrepot.subgraphs.accounts.ports import AccountsDependencies
from entrepot.subgraphs.accounts.repository import AccountsRepository
from entrepot.subgraphs.accounts.service.guest_carts import SignInGuestCart, read_guest_cart
from entrepot.subgraphs.accounts.service.sessions import SignedIn, Unit, find_current_hash, open_session


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Start a session with email address and password. Needs no access token."""

    email: str
    """The email address of the account; upper and lower case are the same."""
    password: str = field(repr=False)
    """The password of the account."""
    guest_cart: SignInGuestCart | None = None
    """The cart filled as a guest, if any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A password that was right: whose, the stored hash it was right for, and the hash to store from now on."""

    user_id: str
    password: str = field(repr=False)
    known_hash: str = field(repr=False)
    new_hash: str = field(repr=False)
    guest_cart: GuestCart | None


async def prepare_login(
    transactions: UnitOfWorkFactory[AccountsDependencies], caller: Caller, command: Login
) -> SignIn:
    """Check the password; raises TooManyAttempts and InvalidCredentials, after the same work for an unknown email.

    InvalidInput or InputErrors for a malformed guest cart come before any attempt is counted.
    """
    guest_cart = read_guest_cart(command.guest_cart)
    address, passwords = normalize_email(command.email), transactions.dependencies.passwords
    await transactions.dependencies.attempts.take("login", address, caller.address)
    async with transactions.database.read() as session:
        user = await AccountsRepository(session).get_user_by_email(address) if address.isprintable() else None
    is_right = await passwords.verify(user.password_hash if user else None, command.password)
    if user is None or not is_right:
        raise InvalidCredentials
    known = user.password_hash
    return SignIn(
        user_id=user.id,
        password=command.password,
        known_hash=known,
        new_hash=await passwords.hash(command.password) if passwords.needs_rehash(known) else known,
        guest_cart=guest_cart,
    )


async def log_in(unit: Unit, sign_in: SignIn) -> SignedIn:
    """A session; raises InvalidCredentials when the password was changed in between."""
    repository = AccountsRepository(unit.session)
    known, new = sign_in.known_hash, sign_in.new_hash
    # Also when the hash stays: the row is locked, so that a password change ends this session or refuses it.
    while not await repository.replace_password(sign_in.user_id, known=known, new=new, now=unit.now):
        known = new = await find_current_hash(unit, sign_in.user_id, sign_in.password)
    user = await repository.get_user(sign_in.user_id)
    assert user is not None, "its row was just updated"
    signed_in = await open_session(unit, user)
    unit.publish(user_signed_in(signed_in.session, sign_in.guest_cart))
    return signed_in
