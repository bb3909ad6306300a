"""The context of a request as the resolvers of accounts see it."""

from __future__ import annotations

from strawberry.types import Info

from entrepot.shared.graphql import Context
from entrepot.subgraphs.accounts.ports import AccountsDependencies

AccountsContext = Context[AccountsDependencies]
AccountsInfo = Info[AccountsContext, None]
