"""Registering: a user of one's own, and the first session."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from entrepot.shared.auth import Caller
from entrepot.shared.errors import InvalidInput
from entrepot.shared.events import UnitOfWorkFactory
from entrepot.shared.input_checks import check_input
from entrepot.subgraphs.accounts.emails import normalize_email, read_email
from entrepot.subgraphs.accounts.errors import EmailTaken
from entrepot.subgraphs.accounts.events import GuestCart, user_changed, user_registered, user_signed_in
from entrepot.subgraphs.accounts.models import User
from entrepot.subgraphs.accounts.passwords import check_strength
from entrepot.subgraphs.accounts.ports import AccountsDependencies
from entrepot.subgraphs.accounts.repository import AccountsRepository
from entrepot.subgraphs.accounts.roles import UserRole
from entrepot.subgraphs.accounts.service.guest_carts import SignInGuestCart, read_guest_cart
from entrepot.subgraphs.accounts.service.sessions import SignedIn, Unit, open_session

MAX_NAME_LENGTH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Create an account with the role CUSTOMER and log in. Needs no access token."""

    email: str
    """The email address to log in with, at most 254 characters; unique, upper and lower case are the same."""
    password: str = field(repr=False)
    """10 to 128 characters; common passwords are refused."""
    name: str
    """The name for display, 1 to 200 characters."""
    guest_cart: SignInGuestCart | None = None
    """The cart filled as a guest, if any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A registration that may be tried: everything is well-formed, the password is hashed."""

    email: str
    name: str
    password: str = field(repr=False)
    password_hash: str = field(repr=False)
    guest_cart: GuestCart | None


async def prepare_registration(
    transactions: UnitOfWorkFactory[AccountsDependencies], caller: Caller, command: Register
) -> Registration:
    """Hash the password of what is well-formed.

    Raises InvalidInput, WeakPassword, InputErrors for several, TooManyAttempts.
    """
    address, name = normalize_email(command.email), command.name.strip()
    with check_input() as checks:
        checks.run(read_email, command.email)
        checks.run(_check_name, name)
        checks.run(check_strength, command.password, address)
        checks.run(read_guest_cart, command.guest_cart)
    await transactions.dependencies.attempts.take("register", address, caller.address)
    return Registration(
        email=address,
        name=name,
        password=command.password,
        password_hash=await transactions.dependencies.passwords.hash(command.password),
        guest_cart=read_guest_cart(command.guest_cart),
    )


async def register(unit: Unit, registration: Registration) -> SignedIn:
    """The user, signed in; raises EmailTaken."""
    user = await create_user(
        unit,
        user_id=unit.new_id("usr"),
        email=registration.email,
        name=registration.name,
        password_hash=registration.password_hash,
        roles=(UserRole.CUSTOMER,),
    )
    signed_in = await open_session(unit, user)
    unit.publish(user_signed_in(signed_in.session, registration.guest_cart))
    return signed_in


async def create_user(
    unit: Unit, *, user_id: str, email: str, name: str, password_hash: str, roles: Iterable[UserRole]
) -> User:
    """A user with roles; raises EmailTaken.

    Of two at the same time the second violates the unique address, and finds the first one when it is tried again.
    """
    repository = AccountsRepository(unit.session)
    if await repository.get_user_by_email(email) is not None:
        raise EmailTaken
    user = User(
        id=user_id,
        email=email,
        name=name,
        password_hash=password_hash,
        created_at=unit.now,
        updated_at=unit.now,
    )
    repository.add(user)
    await unit.session.flush()
    for role in roles:
        await repository.add_grant(user.id, role, granted_by=None, now=unit.now)
    unit.publish(user_registered(user), user_changed(user, await repository.list_roles(user.id)))
    return user


async def sign_in_again(unit: Unit, user_id: str, registration: Registration) -> SignedIn | None:
    """What a repeated registration answers: the same user with fresh tokens, for the first ones were kept nowhere.

    The password is not part of what the idempotency key is bound to (that would keep a fast hash of it), so it is
    compared here; None for another one.
    """
    user = await AccountsRepository(unit.session).get_user(user_id)
    if user is None or not await unit.dependencies.passwords.verify(user.password_hash, registration.password):
        return None
    return await open_session(unit, user)


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= MAX_NAME_LENGTH or not name.isprintable():
        raise InvalidInput(f"A name has from 1 to {MAX_NAME_LENGTH} printable characters.", path=("name",))
