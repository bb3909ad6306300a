"""What accounts do without being asked: delete what time has ended, rotate keys, make the first admin."""

from __future__ import annotations

from typing import Final

from entrepot.shared.events import UnitOfWorkFactory
from entrepot.shared.subgraph import Job
from entrepot.shared.telemetry import get_logger
from entrepot.subgraphs.accounts import service
from entrepot.subgraphs.accounts.emails import read_email
from entrepot.subgraphs.accounts.errors import EmailTaken
from entrepot.subgraphs.accounts.ports import AccountsDependencies
from entrepot.subgraphs.accounts.repository import AccountsRepository
from entrepot.subgraphs.accounts.roles import UserRole

_log: Final = get_logger(__name__)
_HOUR: Final = 3600.0


async def prune(transactions: UnitOfWorkFactory[AccountsDependencies]) -> int:
    """One batch of what `service.prune` deletes."""
    async with transactions.begin() as unit:
        return await service.prune(unit)


async def rotate_keys(transactions: UnitOfWorkFactory[AccountsDependencies]) -> int:
    """The next signing key when it is time, and the files of keys that are over."""
    keys = transactions.dependencies.keys
    rotated = await keys.rotate_when_due()
    return int(rotated) + keys.remove_expired()


async def make_first_admin(transactions: UnitOfWorkFactory[AccountsDependencies]) -> int:
    """The admin of the settings, while there is none: somebody has to grant the first role."""
    settings = transactions.dependencies.settings
    if not settings.first_admin_email:
        return 0
    async with transactions.database.read() as session:
        if await AccountsRepository(session).is_role_granted(UserRole.ADMIN):
            return 0
    email = read_email(settings.first_admin_email)
    password_hash = await transactions.dependencies.passwords.hash(settings.first_admin_password)
    try:
        async with transactions.begin() as unit:
            await service.create_user(
                unit,
                user_id=unit.new_id("usr"),
                email=email,
                name="Admin",
                password_hash=password_hash,
                roles=(UserRole.CUSTOMER, UserRole.ADMIN),
            )
    except EmailTaken:
        # The account may belong to somebody other than the settings mean.
        _log.error("accounts.first_admin_address_taken")
    return 0


JOBS: Final = (
    Job("prune", _HOUR, prune),
    Job("rotate-keys", _HOUR, rotate_keys),
    Job("first-admin", _HOUR, make_first_admin),
)
