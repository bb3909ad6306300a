"""Loaders of accounts, named for their key."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import by_key, grouped
from entrepot.shared.graphql import BatchLoader
from entrepot.subgraphs.accounts.models import RoleGrant, Session, User
from entrepot.subgraphs.accounts.repository import AccountsRepository


class UserByIdLoader(BatchLoader[str, User | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[User | None]:
        return by_key(keys, await AccountsRepository(session).list_users_by_ids(keys), lambda row: row.id)


class GrantsByUserIdLoader(BatchLoader[str, list[RoleGrant]]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[list[RoleGrant]]:
        rows = await AccountsRepository(session).list_grants_by_user_ids(keys)
        return grouped(keys, rows, lambda row: row.user_id)


class ActiveSessionsByUserIdLoader(BatchLoader[str, list[Session]]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[list[Session]]:
        rows = await AccountsRepository(session).list_active_sessions_by_user_ids(keys)
        return grouped(keys, rows, lambda row: row.user_id)
