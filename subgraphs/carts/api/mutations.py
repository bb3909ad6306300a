"""Mutations of carts, for customers and guests."""

from __future__ import annotations

from typing import Final

import strawberry

from entrepot.shared.auth import Principal
from entrepot.shared.graphql import mutate, mutate_once
from entrepot.subgraphs.carts import service
from entrepot.subgraphs.carts.api.inputs import (
    AddCartLineInput,
    ChangeCartLineInput,
    ClaimCartInput,
    CreateCartInput,
    RemoveCartLineInput,
)
from entrepot.subgraphs.carts.api.payloads import (
    AddCartLinePayload,
    ChangeCartLinePayload,
    ClaimCartPayload,
    CreateCartPayload,
    RemoveCartLinePayload,
)
from entrepot.subgraphs.carts.api.stubs import CartInfo
from entrepot.subgraphs.carts.api.types import Cart
from entrepot.subgraphs.carts.api.visibility import read_access

_ID_LENGTH: Final = 48


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def create_cart(self, info: CartInfo, input: CreateCartInput) -> CreateCartPayload:
        """Create an empty cart: for the caller, or a guest cart without an access token.

        A guest cart cannot be requested again with the same idempotency key, because its token is returned only once.
        """
        owner_id = info.context.principal.user_id
        return await mutate_once(
            info.context,
            CreateCartPayload,
            lambda unit: service.create_cart(unit, owner_id=owner_id, currency=input.currency, channel=input.channel),
            lambda made: CreateCartPayload(cart=Cart.from_model(made.cart), guest_token=made.guest_token),
            operation="createCart",
            key=input.idempotency_key,
            given=input,
            identity=lambda made: made.cart.id,
            reload=lambda unit, cart_id: service.find_started(unit, cart_id, owner_id=owner_id),
        )

    @strawberry.mutation
    async def add_cart_line(self, info: CartInfo, input: AddCartLineInput) -> AddCartLinePayload:
        """Add units of a variant to a cart: to its existing line, or as a new line."""
        access = read_access(info.context, input.guest_token)
        return await mutate_once(
            info.context,
            AddCartLinePayload,
            lambda unit: service.add_line(
                unit,
                cart_id=input.cart_id,
                access=access,
                variant_id=input.variant_id,
                quantity=input.quantity,
                expected_revision=input.expected_revision,
            ),
            lambda row: AddCartLinePayload(cart=Cart.from_model(row)),
            operation=_idempotency_scope("addCartLine", info.context.principal, input.cart_id),
            key=input.idempotency_key,
            given=input,
            identity=lambda row: row.id,
            reload=lambda unit, cart_id: service.find_cart(unit, cart_id, access=access),
        )

    @strawberry.mutation
    async def change_cart_line(self, info: CartInfo, input: ChangeCartLineInput) -> ChangeCartLinePayload:
        """Set the quantity of a line."""
        return await mutate(
            info.context,
            ChangeCartLinePayload,
            lambda unit: service.change_line(
                unit,
                cart_id=input.cart_id,
                access=read_access(info.context, input.guest_token),
                line_id=input.line_id,
                quantity=input.quantity,
                expected_revision=input.expected_revision,
            ),
            lambda row: ChangeCartLinePayload(cart=Cart.from_model(row)),
        )

    @strawberry.mutation
    async def remove_cart_line(self, info: CartInfo, input: RemoveCartLineInput) -> RemoveCartLinePayload:
        """Remove a line from a cart."""
        return await mutate(
            info.context,
            RemoveCartLinePayload,
            lambda unit: service.remove_line(
                unit,
                cart_id=input.cart_id,
                access=read_access(info.context, input.guest_token),
                line_id=input.line_id,
                expected_revision=input.expected_revision,
            ),
            lambda row: RemoveCartLinePayload(cart=Cart.from_model(row)),
        )

    @strawberry.federation.field(authenticated=True)
    async def claim_cart(self, info: CartInfo, input: ClaimCartInput) -> ClaimCartPayload:
        """Move the lines of a guest cart to the cart of the caller. Repeating it has no further effect."""
        return await mutate(
            info.context,
            ClaimCartPayload,
            lambda unit: service.claim_cart(
                unit,
                user_id=info.context.principal.require_user(),
                cart_id=input.cart_id,
                guest_token=input.guest_token,
            ),
            lambda row: ClaimCartPayload(cart=Cart.from_model(row)),
        )


def _idempotency_scope(operation: str, principal: Principal, cart_id: str) -> str:
    """Guests share one name: their keys are distinguished by cart, so that none takes another's by chance."""
    return operation if principal.is_authenticated else f"{operation}:{cart_id[:_ID_LENGTH]}"
