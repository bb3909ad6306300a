"""Demo users: fixed, and safe to put in twice. They exist in demo mode only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from entrepot.shared.events import UnitOfWorkFactory
from entrepot.subgraphs.accounts import service
from entrepot.subgraphs.accounts.ports import AccountsDependencies
from entrepot.subgraphs.accounts.repository import USERS_BY_ID
from entrepot.subgraphs.accounts.roles import UserRole

_PASSWORD: Final = "entrepot-demo-1"  # noqa: S105 - printed at every start of the demo


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Somebody to log in as."""

    id: str
    label: str
    email: str
    name: str
    roles: tuple[UserRole, ...] = (UserRole.CUSTOMER,)
    password: str = _PASSWORD


DEMO_USERS: Final = (
    DemoUser("usr_00000000-0000-7000-8000-000000000001", "Customer Ada", "ada@example.com", "Ada Lovelace"),
    DemoUser("usr_00000000-0000-7000-8000-000000000002", "Customer Grace", "grace@example.com", "Grace Hopper"),
    DemoUser(
        "usr_00000000-0000-7000-8000-000000000003",
        "Staff",
        "staff@example.com",
        "Sam Quayside",
        (UserRole.MERCHANDISER, UserRole.SUPPORT),
    ),
    DemoUser(
        "usr_00000000-0000-7000-8000-000000000004",
        "Admin",
        "admin@example.com",
        "Alex Harbour",
        (UserRole.ADMIN,),
    ),
)


async def seed(transactions: UnitOfWorkFactory[AccountsDependencies]) -> None:
    """The demo users who are not there yet."""
    await add_users(transactions, DEMO_USERS)


async def add_users(transactions: UnitOfWorkFactory[AccountsDependencies], users: Sequence[DemoUser]) -> None:
    """Those who are not there yet, in one unit of work; they share one hash, so that it is quick."""
    async with transactions.database.read() as session:
        found = await USERS_BY_ID(session, [user.id for user in users])
    missing = [user for user in users if user.id not in found]
    if not missing:
        return
    password_hash = await transactions.dependencies.passwords.hash(_PASSWORD)
    async with transactions.begin() as unit:
        for user in missing:
            await service.create_user(
                unit, user_id=user.id, email=user.email, name=user.name, password_hash=password_hash, roles=user.roles
            )
