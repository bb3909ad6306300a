"""Registering: a user of one's own, and the first session."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from entrepot.shared.errors import IdempotencyConflict, InvalidInput
from entrepot.shared.input_checks import check_input
from entrepot.subgraphs.accounts.emails import normalize_email, read_email
from entrepot.subgraphs.accounts.errors import EmailTaken
from entrepot.subgraphs.accounts.events import GuestCart, user_registered, user_signed_in
from entrepot.subgraphs.accounts.models import User
from entrepot.subgraphs.accounts.passwords import check_strength
from entrepot.subgraphs.accounts.ports import AccountsDependencies
from entrepot.subgraphs.accounts.repository import AccountsRepository
from entrepot.subgraphs.accounts.roles import UserRole
from entrepot.subgraphs.accounts.service.sessions import SignedIn, Unit, open_session

MAX_NAME_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class Registration:
    """A registration that may be tried: everything is well-formed, the password is hashed."""

    email: str
    name: str
    password: str
    password_hash: str


async def prepare_registration(
    dependencies: AccountsDependencies, *, email: str, password: str, name: str, caller_address: str | None = None
) -> Registration:
    """Hash the password of what `check_registration` found well-formed; raises TooManyAttempts."""
    address, trimmed = read_email(email), name.strip()
    await dependencies.attempts.take("register", address, caller_address)
    return Registration(address, trimmed, password, await dependencies.passwords.hash(password))


def check_registration(*, email: str, password: str, name: str) -> None:
    """Raises InvalidInput, WeakPassword, or InputErrors for several."""
    with check_input() as checks:
        checks.run(read_email, email)
        checks.run(_check_name, name.strip())
        checks.run(check_strength, password, normalize_email(email))


async def register(unit: Unit, *, registration: Registration, guest_cart: GuestCart | None) -> SignedIn:
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
    unit.publish(user_signed_in(signed_in.session, guest_cart))
    return signed_in


async def create_user(
    unit: Unit, *, user_id: str, email: str, name: str, password_hash: str, roles: Iterable[UserRole]
) -> User:
    """A user with roles; raises EmailTaken.

    Of two at the same time the second violates the unique address: an IntegrityError, and when it is tried again
    the first one is found.
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
    unit.publish(user_registered(user))
    return user


async def sign_in_again(unit: Unit, *, user_id: str, registration: Registration, key: str) -> SignedIn:
    """What a repeated registration answers: the same user with fresh tokens, for the first ones were kept nowhere.

    The password is not part of what the idempotency key is bound to (that would keep a fast hash of it), so it is
    compared here; raises IdempotencyConflict for another one.
    """
    user = await AccountsRepository(unit.session).get_user(user_id)
    if user is None or not await unit.dependencies.passwords.verify(user.password_hash, registration.password):
        raise IdempotencyConflict(key)
    return await open_session(unit, user)


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= MAX_NAME_LENGTH or not name.isprintable():
        raise InvalidInput(f"A name has from 1 to {MAX_NAME_LENGTH} printable characters.", path=("name",))
