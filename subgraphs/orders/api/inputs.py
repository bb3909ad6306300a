"""Inputs of orders."""

from __future__ import annotations

import strawberry

from entrepot.subgraphs.orders.addresses import PostalAddress


@strawberry.input
class AddressInput:
    """A postal address; each field has at most 200 characters."""

    name: str
    """The name of the recipient."""
    line1: str
    """Street and house number, or a post box."""
    line2: str | None = None
    """More of the address, such as an apartment or company."""
    city: str
    """The city or town."""
    postal_code: str | None = None
    """The postal code; not every country has them."""
    region: str | None = None
    """The state, province or county where the country's addresses need it."""
    country_code: str
    """The country as two capital letters of ISO 3166-1 alpha-2, such as DE."""

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
    """The cart to order, which must belong to the caller: `Cart.id`."""
    expected_revision: int
    """The `Cart.revision` that the customer saw: the order is refused with CART_CHANGED if the cart has changed."""
    payment_token: str
    """The token for the payment method, issued by the payment provider; 1 to 255 characters."""
    shipping_address: AddressInput
    """The address to deliver to."""
    idempotency_key: str
    """Makes a retry safe, for example after a timeout: a key that the client generates, such as a UUID.

    The server stores it with the result for at least 7 days, per caller and mutation. The same key with the same input
    returns the first result, and nothing happens twice; with a different input the mutation is refused with
    IDEMPOTENCY_CONFLICT. A mutation that was refused stores nothing, so its key can be used again. Generate one key per
    user action, and send it with every retry. 1 to 255 printable characters.
    """


@strawberry.input
class CancelOrderInput:
    order_id: strawberry.ID
    """The order: `Order.id`."""
