"""The cart in the response to a sign-in: carts add it to the payloads of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import strawberry

from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import Representation, read_key, read_row, refer_each
from entrepot.shared.graphql.cart_claims import CLAIM, CartClaim
from entrepot.subgraphs.carts import service
from entrepot.subgraphs.carts.api.context import CartContext, CartInfo
from entrepot.subgraphs.carts.api.types import Cart


@strawberry.type
class SignInCart:
    claim: str | None = strawberry.federation.field(inaccessible=True, description=CLAIM)

    @strawberry.field(
        description="The cart that was given as guestCart, which is the user's now and keeps its id: what was in the "
        "user's active cart of the same channel and currency is in it too, and that one is MERGED. Null without a "
        "guestCart, when there is no active cart of that id and secret, and when carts take too long to answer: read "
        "`myCart` then."
    )
    async def cart(self, info: CartInfo) -> Cart | None:
        if self.claim is None:
            return None
        # The request is still anonymous: the claim is what permits it.
        claim = CartClaim.from_key(self.claim)
        row = await service.await_claimed_cart(info.context.transactions, info.context.fan_out, claim)
        return None if row is None else read_row(Cart, row)

    @classmethod
    async def resolve_references(
        cls, _context: CartContext, representations: Sequence[Representation]
    ) -> Sequence[Self | InvalidInput]:
        return refer_each(representations, cls._refer)

    @classmethod
    def _refer(cls, representation: Representation) -> Self:
        return cls(claim=None if representation.get("claim", "") is None else read_key(representation, "claim"))


@strawberry.federation.type(keys=["claim"])
class LoginPayload(SignInCart):
    """The result of the mutation `login`."""


@strawberry.federation.type(keys=["claim"])
class RegisterPayload(SignInCart):
    """The result of the mutation `register`."""
