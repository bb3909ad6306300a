"""Inputs of orders."""

from __future__ import annotations

import strawberry

from entrepot.subgraphs.orders.addresses import PostalAddress


@strawberry.input(description="A postal address.")
class AddressInput:
    name: str
    line1: str
    line2: str | None = None
    city: str
    postal_code: str | None = None
    region: str | None = None
    country_code: str = strawberry.field(description="By ISO 3166-1 alpha-2, such as DE.")

    def to_address(self) -> PostalAddress:
        return PostalAddress(
            name=self.name,
            line1=self.line1,
            line2=self.line2 or "",
            city=self.city,
            postal_code=self.postal_code or "",
            region=self.region or "",
            country_code=self.country_code,
        )


@strawberry.input
class PlaceOrderInput:
    cart_id: strawberry.ID
    expected_revision: int = strawberry.field(description="The revision of the cart that the customer agreed to.")
    payment_token: str = strawberry.field(description="What the payment provider gave for the customer's card.")
    shipping_address: AddressInput
    idempotency_key: str


@strawberry.input
class CancelOrderInput:
    order_id: strawberry.ID
