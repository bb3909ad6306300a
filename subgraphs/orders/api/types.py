"""Entities of orders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from entrepot.shared.errors import Forbidden
from entrepot.shared.events.saga.state import SagaStatus
from entrepot.shared.graphql import (
    Connection,
    CurrencyCode,
    Money,
    TaxLine,
    connect,
    connection,
    derived,
    entity,
    extension,
    many,
    money,
    one,
    refers,
    row_type,
    transitions,
)
from entrepot.shared.graphql.costs import expected
from entrepot.shared.pagination import PageRequest
from entrepot.subgraphs.orders import repository
from entrepot.subgraphs.orders.api.context import OrderInfo
from entrepot.subgraphs.orders.api.stubs import ProductVariant, Seller
from entrepot.subgraphs.orders.api.visibility import ADMINISTER, READ, sees_order, sees_orders_of
from entrepot.subgraphs.orders.placement import read_placements
from entrepot.subgraphs.orders.states import (
    ORDER,
    OrderCancelReason,
    OrderFulfilmentStatus,
    OrderPaymentStatus,
    OrderStatus,
    PlacementStep,
)
from entrepot.subgraphs.orders.totals import line_total

strawberry.enum(OrderStatus)
strawberry.enum(OrderPaymentStatus)
strawberry.enum(OrderFulfilmentStatus)
strawberry.enum(OrderCancelReason)
strawberry.enum(PlacementStep, name="OrderPlacementStep")


@strawberry.type
class Address:
    """A postal address."""

    name: str
    """The name of the recipient."""
    line1: str
    """Street and house number, or a post box."""
    line2: str | None
    """More of the address, such as an apartment or company."""
    city: str
    """The city or town."""
    postal_code: str | None
    """The postal code; not every country has them."""
    region: str | None
    """The state, province or county where the country's addresses need it."""
    country_code: str
    """The country as two capital letters of ISO 3166-1 alpha-2, such as DE."""


def _read_address(data: Mapping[str, str]) -> Address:
    """The address as it was stored; what was not given is null."""
    return Address(
        name=data["name"],
        line1=data["line1"],
        line2=data["line2"] or None,
        city=data["city"],
        postal_code=data["postal_code"] or None,
        region=data["region"] or None,
        country_code=data["country_code"],
    )


def _read_no_taxes(_row: Any) -> list[TaxLine]:
    """Prices have no taxes yet."""
    return []


@row_type
class OrderLine:
    """A variant in an order, with its names and price as they were when the order was placed."""

    id: strawberry.ID
    sku: str
    """The SKU of the variant when the order was placed."""
    product_name: str
    """The name of the product when the order was placed."""
    variant_name: str
    """The name of the variant when the order was placed."""
    quantity: int
    """The number of units ordered."""
    unit_price: Money = money("unit_minor_units")
    """The price of one unit when the order was placed."""
    total: Money = derived(lambda row: Money.of(line_total(row, row.currency)))
    """The unit price times the quantity."""
    tax_lines: list[TaxLine] = derived(_read_no_taxes, directives=[expected(2)])
    """The taxes on this line; empty when none apply."""
    variant_id: strawberry.Private[str]
    seller_id: strawberry.Private[str]

    variant: ProductVariant = refers(
        lambda line: ProductVariant(id=line.variant_id, sku=line.sku),
        provides=["sku"],
    )
    """The variant as it is in the catalog today."""
    seller: Seller = refers(lambda line: Seller(id=line.seller_id))
    """The merchant who sells the variant."""


@row_type
class OrderStatusChange:
    """An entry in the history of an order: its states after one change."""

    position: int
    """The number of the change within the order, starting at 1; pass it as `after` to resume a subscription."""
    status: OrderStatus
    """The state of the order after the change."""
    payment_status: OrderPaymentStatus
    """The state of the payment after the change."""
    fulfilment_status: OrderFulfilmentStatus
    """The state of the goods after the change."""
    reason: OrderCancelReason | None
    """Why the order was cancelled; null for every other change."""
    changed_at: datetime
    """When the change happened."""
    order_id: strawberry.Private[str]

    order: Order = one(repository.ORDERS_BY_ID, by="order_id")
    """The order as it is now, which may be newer than this change."""


strawberry.enum(SagaStatus, name="OrderPlacementStatus", description="The state of the process that places an order.")


@row_type
class OrderPlacement:
    """The process that places an order: its steps reserve stock, authorize the payment and commit the stock."""

    status: SagaStatus
    """Whether it is running, being undone or finished."""
    step: PlacementStep
    """The current step."""
    attempts: int
    """The number of times that undoing the current step has been requested again."""
    reason: OrderCancelReason | None
    """Why the steps are or were undone; null otherwise."""
    last_error: str | None
    """The latest known failure: a command that is not sent, or a reply that failed to be processed; null if none."""
    awaited_events: list[str]
    """The types of events one of which moves it to the next step; empty at the end."""
    started_at: datetime
    """When the order was placed."""
    step_started_at: datetime
    """When the current step began."""
    deadline: datetime | None
    """When the current step is given up, or undoing it is requested again; null at the end."""


@entity({"id": repository.ORDERS_BY_ID}, sees=sees_order)
class Order:
    """A purchase by a customer, with names, prices and address as they were when it was placed."""

    id: strawberry.ID
    number: str | None
    """The short number for customers and support, such as EP-100001; null at first.

    It is given within a second of placing, and `orderStatusChanged` reports it.
    """
    status: OrderStatus
    """The state of the order as a whole."""
    payment_status: OrderPaymentStatus
    """The state of its payment."""
    fulfilment_status: OrderFulfilmentStatus
    """The state of its goods."""
    cancel_reason: OrderCancelReason | None
    """Why it was cancelled; null unless it was cancelled."""
    channel: str
    """The sales channel that it was placed in."""
    currency: CurrencyCode
    """The currency of all its amounts."""
    subtotal: Money = money("total_minor_units")
    """The sum of the line totals."""
    total: Money = money("total_minor_units")
    """The amount to pay: the subtotal and all taxes."""
    tax_lines: list[TaxLine] = derived(_read_no_taxes, directives=[expected(2)])
    """The taxes on the order; empty when none apply."""
    shipping_address: Address = derived(lambda row: _read_address(row.shipping_address))
    """The address to deliver to."""
    placed_at: datetime = derived(lambda row: row.created_at)
    """When the customer placed it."""
    updated_at: datetime
    """When one of its states last changed."""
    customer_id: strawberry.Private[str]

    customer: User = refers(lambda order: User(id=order.customer_id))
    """The user who placed it."""
    lines: list[OrderLine] = many(repository.LINES_BY_ORDER_ID, by="id", expected=20)
    """The lines in the order of the cart."""
    history: list[OrderStatusChange] = many(repository.CHANGES_BY_ORDER_ID, by="id", expected=5)
    """All changes of its states, oldest first."""
    placement: OrderPlacement | None = one(read_placements, by="id", requires_scopes=[[READ], [ADMINISTER]])
    """The process that places it, for operators: the current step, and what it waits for."""
    allowed_transitions: list[OrderStatus] = transitions(ORDER, owner="customer_id")
    """The states that the caller can move it to: CANCELLING, by `cancelOrder`, while it is not final."""


@extension
class User:
    """A person with an account."""

    id: strawberry.ID

    @connection
    async def orders(self, info: OrderInfo, page: PageRequest) -> Connection[Order]:
        """The orders of the user, newest first; for the user and for callers with the scope orders:read."""
        if not sees_orders_of(info.context, self.id):
            info.context.principal.require_user()
            raise Forbidden("These are somebody else's orders.")
        return await connect(info.context, Order, repository.list_orders(customer_id=self.id), page)
