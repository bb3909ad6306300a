"""The context of a request as the resolvers of carts see it."""

from __future__ import annotations

from strawberry.types import Info

from entrepot.shared.graphql import Context
from entrepot.subgraphs.carts.dependencies import CartDependencies

CartContext = Context[CartDependencies]
CartInfo = Info[CartContext, None]
