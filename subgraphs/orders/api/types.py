"""Entities of orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self

import strawberry
from strawberry.types import Info

from entrepot.shared import money
from entrepot.shared.errors import Forbidden, InvalidInput
from entrepot.shared.events.saga.progress import SagaProgress
from entrepot.shared.events.saga.saga import SagaStatus
from entrepot.shared.graphql import (
    After,
    Before,
    Context,
    CurrencyCode,
    First,
    Last,
    Money,
    PageInfo,
    Representation,
    TaxLine,
    build_connection,
    read_key,
    refer_each,
    resolve_by_key,
    to_graphql,
)
from entrepot.shared.pagination import read_page_request
from entrepot.subgraphs.orders import models
from entrepot.subgraphs.orders.api.loaders import (
    OrderByIdLoader,
    OrderLinesByOrderIdLoader,
    PlacementByOrderIdLoader,
    StatusChangesByOrderIdLoader,
)
from entrepot.subgraphs.orders.api.stubs import ProductVariant, Seller
from entrepot.subgraphs.orders.api.visibility import ADMINISTER, READ, sees_orders_of, visible
from entrepot.subgraphs.orders.config import OrderDependencies
from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.subgraphs.orders.states import ORDER, OrderFulfilmentStatus, OrderPaymentStatus, OrderStatus
from entrepot.subgraphs.orders.totals import line_total

OrderContext = Context[OrderDependencies]
OrderInfo = Info[OrderContext, None]

strawberry.enum(OrderStatus)
strawberry.enum(OrderPaymentStatus)
strawberry.enum(OrderFulfilmentStatus)


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

    @classmethod
    def of(cls, data: Mapping[str, str]) -> Self:
        """The address as it was stored; what was not given is null."""
        return cls(
            name=data["name"],
            line1=data["line1"],
            line2=data["line2"] or None,
            city=data["city"],
            postal_code=data["postal_code"] or None,
            region=data["region"] or None,
            country_code=data["country_code"],
        )


@strawberry.type
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
    unit_price: Money
    """The price of one unit when the order was placed."""
    total: Money
    """The unit price times the quantity."""
    tax_lines: list[TaxLine]
    """The taxes on this line; empty when none apply."""
    variant_id: strawberry.Private[str]
    seller_id: strawberry.Private[str]

    @strawberry.federation.field(provides=["sku"])
    def variant(self) -> ProductVariant:
        """The variant as it is in the catalog today."""
        return ProductVariant(id=strawberry.ID(self.variant_id), sku=self.sku)

    @strawberry.field
    def seller(self) -> Seller:
        """The merchant who sells the variant."""
        return Seller(id=strawberry.ID(self.seller_id))

    @classmethod
    def from_model(cls, line: models.OrderLine, currency: str) -> Self:
        total = line_total(line, currency)
        return cls(
            id=strawberry.ID(line.id),
            sku=line.sku,
            product_name=line.product_name,
            variant_name=line.variant_name,
            quantity=line.quantity,
            unit_price=Money.of(money.Money(line.unit_minor_units, currency)),
            total=Money.of(total),
            tax_lines=[],
            variant_id=line.variant_id,
            seller_id=line.seller_id,
        )


@strawberry.type
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
    reason: str | None
    """Why the order was cancelled, a code such as OUT_OF_STOCK; null for every other change."""
    changed_at: datetime
    """When the change happened."""
    order_id: strawberry.Private[str]

    @strawberry.field
    async def order(self, info: OrderInfo) -> Order:
        """The order as it is now, which may be newer than this change."""
        # A loader remembers what it loaded, and a subscription's context lives as long as the stream.
        loader = info.context.loader(OrderByIdLoader).clear(self.order_id)
        row = await loader.load(self.order_id)
        assert row is not None, "a foreign key keeps the order"
        return Order.from_model(row)

    @classmethod
    def from_model(cls, change: models.OrderStatusChange) -> Self:
        return cls(
            position=change.position,
            status=OrderStatus(change.status),
            payment_status=OrderPaymentStatus(change.payment_status),
            fulfilment_status=OrderFulfilmentStatus(change.fulfilment_status),
            reason=change.reason,
            changed_at=change.changed_at,
            order_id=change.order_id,
        )


strawberry.enum(SagaStatus, name="OrderPlacementStatus", description="The state of the process that places an order.")


@strawberry.type
class OrderPlacement:
    """The process that places an order: its steps reserve stock, authorize the payment and commit the stock."""

    status: SagaStatus
    """Whether it is running, being undone or finished."""
    step: str
    """The current step: reserve, authorize or commit."""
    attempts: int
    """The number of times that undoing the current step has been requested again."""
    reason: str | None
    """Why the steps are or were undone, a code such as OUT_OF_STOCK; null otherwise."""
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

    @classmethod
    def of(cls, progress: SagaProgress) -> Self:
        return cls(
            status=progress.status,
            step=progress.step,
            attempts=progress.attempts,
            reason=progress.reason,
            last_error=progress.last_error,
            awaited_events=list(progress.awaited_events),
            started_at=progress.started_at,
            step_started_at=progress.step_started_at,
            deadline=progress.deadline,
        )


@strawberry.federation.type(keys=["id"])
class Order:
    """A purchase by a customer, with names, prices and address as they were when it was placed."""

    id: strawberry.ID
    number: str
    """The short number for customers and support, such as EP-100001."""
    status: OrderStatus
    """The state of the order as a whole."""
    payment_status: OrderPaymentStatus
    """The state of its payment."""
    fulfilment_status: OrderFulfilmentStatus
    """The state of its goods."""
    cancel_reason: str | None
    """Why it was cancelled, a code such as OUT_OF_STOCK, CARD_DECLINED or REQUESTED; null unless it was cancelled."""
    channel: str
    """The sales channel that it was placed in."""
    currency: CurrencyCode
    """The currency of all its amounts."""
    subtotal: Money
    """The sum of the line totals."""
    total: Money
    """The amount to pay: the subtotal and all taxes."""
    tax_lines: list[TaxLine]
    """The taxes on the order; empty when none apply."""
    shipping_address: Address
    """The address to deliver to."""
    placed_at: datetime
    """When the customer placed it."""
    updated_at: datetime
    """When one of its states last changed."""
    customer_id: strawberry.Private[str]

    @strawberry.field
    def customer(self) -> User:
        """The user who placed it."""
        return User(id=strawberry.ID(self.customer_id))

    @strawberry.field
    def allowed_transitions(self) -> list[OrderStatus]:
        """The states that can follow the current `status`; empty when it is final."""
        return sorted(ORDER.next_states(self.status))

    @strawberry.field
    async def lines(self, info: OrderInfo) -> list[OrderLine]:
        """The lines in the order of the cart."""
        rows = await info.context.loader(OrderLinesByOrderIdLoader).load(self.id)
        return [OrderLine.from_model(row, str(self.currency)) for row in rows]

    @strawberry.field
    async def history(self, info: OrderInfo) -> list[OrderStatusChange]:
        """All changes of its states, oldest first."""
        rows = await info.context.loader(StatusChangesByOrderIdLoader).load(self.id)
        return [OrderStatusChange.from_model(row) for row in rows]

    @strawberry.federation.field(requires_scopes=[[READ], [ADMINISTER]])
    async def placement(self, info: OrderInfo) -> OrderPlacement | None:
        """The process that places it, for operators: the current step, and what it waits for."""
        return to_graphql(await info.context.loader(PlacementByOrderIdLoader).load(self.id), OrderPlacement.of)

    @classmethod
    def from_model(cls, order: models.Order) -> Self:
        return cls(
            id=strawberry.ID(order.id),
            number=order.number,
            status=OrderStatus(order.status),
            payment_status=OrderPaymentStatus(order.payment_status),
            fulfilment_status=OrderFulfilmentStatus(order.fulfilment_status),
            cancel_reason=order.cancel_reason,
            channel=order.channel,
            currency=CurrencyCode(order.currency),
            subtotal=Money.of(order.total),
            total=Money.of(order.total),
            tax_lines=[],
            shipping_address=Address.of(order.shipping_address),
            placed_at=order.created_at,
            updated_at=order.updated_at,
            customer_id=order.customer_id,
        )

    @classmethod
    async def resolve_references(
        cls, context: OrderContext, representations: Sequence[Representation]
    ) -> Sequence[Self | None]:
        return await resolve_by_key(
            context,
            representations,
            {"id": OrderByIdLoader},
            lambda row: cls.from_model(row) if visible(context, row) else None,
        )


@strawberry.type
class OrderEdge:
    node: Order
    cursor: str


@strawberry.type
class OrderConnection:
    """A page of orders, newest first."""

    edges: list[OrderEdge]
    page_info: PageInfo


@strawberry.federation.type(keys=["id"])
class User:
    """A person with an account."""

    id: strawberry.ID

    @strawberry.field
    async def orders(
        self,
        info: OrderInfo,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> OrderConnection:
        """The orders of the user, newest first; for the user and for callers with the scope orders:read."""
        if not sees_orders_of(info.context, self.id):
            info.context.principal.require_user()
            raise Forbidden("These are somebody else's orders.")
        request = read_page_request(first, after, last, before)
        async with info.context.reading.open() as session:
            page = await OrderRepository(session).page_orders(request, customer_id=self.id)
        return build_connection(OrderConnection, OrderEdge, page, Order.from_model)

    @classmethod
    async def resolve_references(
        cls, _context: OrderContext, representations: Sequence[Representation]
    ) -> Sequence[Self | InvalidInput]:
        return refer_each(representations, lambda given: cls(id=strawberry.ID(read_key(given, "id"))))
