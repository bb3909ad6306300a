"""Changing one's password."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.shared.auth import Principal
from entrepot.shared.events import UnitOfWorkFactory
from entrepot.subgraphs.accounts.errors import InvalidCredentials
from entrepot.subgraphs.accounts.models import User
from entrepot.subgraphs.accounts.passwords import check_strength
from entrepot.subgraphs.accounts.ports import AccountsDependencies
from entrepot.subgraphs.accounts.repository import AccountsRepository
from entrepot.subgraphs.accounts.service.sessions import Unit, deny_sessions
from entrepot.subgraphs.accounts.states import RevocationReason


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """A change that may be made: the current password was right for the known hash."""

    user_id: str
    session_id: str | None
    known_hash: str
    new_hash: str


async def prepare_password_change(
    transactions: UnitOfWorkFactory[AccountsDependencies], *, principal: Principal, current: str, new: str
) -> PasswordChange:
    """Check both passwords and hash the new one; raises InvalidCredentials, WeakPassword, TooManyAttempts."""
    user_id, passwords = principal.require_user(), transactions.dependencies.passwords
    await transactions.dependencies.attempts.take("change", user_id)
    async with transactions.database.read() as session:
        user = await AccountsRepository(session).get_user(user_id)
    is_right = await passwords.verify(user.password_hash if user else None, current)
    if user is None or not is_right:
        raise InvalidCredentials(path=("currentPassword",))
    check_strength(new, user.email, field="newPassword")
    return PasswordChange(user_id, principal.session_id, user.password_hash, await passwords.hash(new))


async def change_password(unit: Unit, *, change: PasswordChange) -> User:
    """Store the new password and end all other sessions; raises InvalidCredentials when somebody was faster."""
    repository = AccountsRepository(unit.session)
    if not await repository.replace_password(
        change.user_id, known=change.known_hash, new=change.new_hash, now=unit.now
    ):
        raise InvalidCredentials(path=("currentPassword",))
    ended = await repository.revoke_sessions_of(
        change.user_id, RevocationReason.CREDENTIALS_CHANGED, unit.now, except_id=change.session_id
    )
    await deny_sessions(unit, ended)
    user = await repository.get_user(change.user_id)
    assert user is not None, "its row was just updated"
    return user
