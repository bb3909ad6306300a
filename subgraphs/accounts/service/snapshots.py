"""Users as they are published, read from the tables: those that were stored before the contract was there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.events.contracts.accounts import UserChanged
from entrepot.subgraphs.accounts.events import user_changed
from entrepot.subgraphs.accounts.repository import AccountsRepository


async def list_user_states(session: AsyncSession, after: str, limit: int) -> Sequence[UserChanged]:
    """The states of the users whose ids follow, in the order of the ids."""
    repository = AccountsRepository(session)
    users = await repository.list_users_after(after, limit)
    roles: defaultdict[str, list[str]] = defaultdict(list)
    for grant in await repository.list_grants_by_user_ids([user.id for user in users]):
        roles[grant.user_id].append(grant.role)
    return [user_changed(user, roles[user.id]) for user in users]
