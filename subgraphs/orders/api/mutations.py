"""Mutations of orders."""

from __future__ import annotations

import strawberry

from entrepot.shared.errors import DomainError
from entrepot.shared.events.inbox.idempotency import check_key
from entrepot.shared.graphql import mutate, mutate_once
from entrepot.shared.graphql.payloads import refuse
from entrepot.shared.input_checks import check_input
from entrepot.subgraphs.orders import service
from entrepot.subgraphs.orders.api.inputs import CancelOrderInput, PlaceOrderInput
from entrepot.subgraphs.orders.api.payloads import CancelOrderPayload, PlaceOrderPayload
from entrepot.subgraphs.orders.api.types import Order, OrderInfo


@strawberry.type
class Mutation:
    @strawberry.federation.field(requires_scopes=[["orders:create"]])
    async def place_order(self, info: OrderInfo, input: PlaceOrderInput) -> PlaceOrderPayload:
        """Order the content of a cart.

        The order is PENDING at first: reserving stock and authorizing the payment follow, and confirm or cancel it.
        Subscribe to `orderStatusChanged` to follow them.
        """
        context = info.context
        try:
            with check_input() as checks:
                checks.run(input.shipping_address.to_address)
                checks.run(service.check_payment_token, input.payment_token)
                checks.run(check_key, input.idempotency_key)
        except DomainError as error:
            return refuse(PlaceOrderPayload, error)
        address = input.shipping_address.to_address()
        await service.await_cart(
            context.transactions,
            context.fan_out,
            cart_id=input.cart_id,
            revision=input.expected_revision,
        )
        return await mutate_once(
            context,
            PlaceOrderPayload,
            lambda unit: service.place_order(
                unit,
                customer_id=context.principal.require_user(),
                cart_id=input.cart_id,
                expected_revision=input.expected_revision,
                payment_token=input.payment_token,
                shipping_address=address,
            ),
            lambda row: PlaceOrderPayload(order=Order.from_model(row)),
            operation="placeOrder",
            key=input.idempotency_key,
            given=input,
            identity=lambda row: row.id,
            reload=service.find_order,
        )

    @strawberry.federation.field(authenticated=True)
    async def cancel_order(self, info: OrderInfo, input: CancelOrderInput) -> CancelOrderPayload:
        """Cancel an order of the caller, or any with the scope orders:cancel.

        A confirmed order is cancelled immediately; a pending one when its completed steps have been undone.
        """
        return await mutate(
            info.context,
            CancelOrderPayload,
            lambda unit: service.cancel_order(unit, principal=info.context.principal, order_id=input.order_id),
            lambda row: CancelOrderPayload(order=Order.from_model(row)),
        )
