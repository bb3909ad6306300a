"""Changing one's password."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from entrepot.shared.auth import Caller
from entrepot.shared.events import UnitOfWorkFactory
from entrepot.shared.input_checks import check_input
from entrepot.subgraphs.accounts.errors import InvalidCredentials
from entrepot.subgraphs.accounts.models import User
from entrepot.subgraphs.accounts.passwords import check_strength
from entrepot.subgraphs.accounts.ports import AccountsDependencies
from entrepot.subgraphs.accounts.repository import AccountsRepository
from entrepot.subgraphs.accounts.service.sessions import Unit, deny_sessions, find_current_hash
from entrepot.subgraphs.accounts.states import RevocationReason

_CURRENT: Final = ("currentPassword",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword:
    """Change the password of the caller and end all their other sessions."""

    current_password: str = field(repr=False)
    """The password that is valid now, as a proof of identity."""
    new_password: str = field(repr=False)
    """10 to 128 characters; common passwords are refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChange:
    """A change that may be made: the current password was right for the known hash."""

    current_password: str = field(repr=False)
    known_hash: str = field(repr=False)
    new_hash: str = field(repr=False)


async def prepare_password_change(
    transactions: UnitOfWorkFactory[AccountsDependencies], caller: Caller, command: ChangePassword
) -> PasswordChange:
    """Check both passwords and hash the new one.

    Raises InvalidCredentials, WeakPassword, InputErrors for both, TooManyAttempts.
    """
    user_id, passwords = caller.require_user(), transactions.dependencies.passwords
    await transactions.dependencies.attempts.take("change", user_id)
    async with transactions.database.read() as session:
        user = await AccountsRepository(session).get_user(user_id)
    is_right = await passwords.verify(user.password_hash if user else None, command.current_password)
    if user is None:
        raise InvalidCredentials(path=_CURRENT)
    with check_input() as checks:
        checks.run(_check_current, is_right=is_right)
        checks.run(check_strength, command.new_password, user.email, field="newPassword")
    return PasswordChange(
        current_password=command.current_password,
        known_hash=user.password_hash,
        new_hash=await passwords.hash(command.new_password),
    )


async def change_password(unit: Unit, change: PasswordChange) -> User:
    """Store the new password and end all other sessions; raises InvalidCredentials when it was changed in between."""
    repository = AccountsRepository(unit.session)
    user_id, known = unit.caller.require_user(), change.known_hash
    while not await repository.replace_password(user_id, known=known, new=change.new_hash, now=unit.now):
        known = await find_current_hash(unit, user_id, change.current_password, path=_CURRENT)
    ended = await repository.revoke_sessions_of(
        user_id, RevocationReason.CREDENTIALS_CHANGED, unit.now, except_id=unit.caller.principal.session_id
    )
    await deny_sessions(unit, ended)
    user = await repository.get_user(user_id)
    assert user is not None, "its row was just updated"
    return user


def _check_current(*, is_right: bool) -> None:
    if not is_right:
        raise InvalidCredentials(path=_CURRENT)
