"""Entities of orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self

import strawberry
from strawberry.types import Info

from entrepot.shared import money
from entrepot.shared.errors import Forbidden
from entrepot.shared.events.saga import SagaStatus
from entrepot.shared.events.saga_progress import SagaProgress
from entrepot.shared.graphql import (
    Context,
    CurrencyCode,
    Money,
    PageInfo,
    Representation,
    TaxLine,
    build_connection,
    present,
    read_key,
    resolve_by_key,
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
from entrepot.subgraphs.orders.config import OrderSettings
from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.subgraphs.orders.states import ORDER, OrderFulfilmentStatus, OrderPaymentStatus, OrderStatus
from entrepot.subgraphs.orders.totals import line_total

OrderContext = Context[OrderSettings]
OrderInfo = Info[OrderContext, None]

strawberry.enum(OrderStatus, description="The lifecycle of an order.")
strawberry.enum(OrderPaymentStatus, description="How far the payment of an order got.")
strawberry.enum(OrderFulfilmentStatus, description="How far the goods of an order got.")


@strawberry.type(description="A postal address.")
class Address:
    name: str
    line1: str
    line2: str | None
    city: str
    postal_code: str | None
    region: str | None
    country_code: str = strawberry.field(description="By ISO 3166-1 alpha-2, such as DE.")

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


@strawberry.type(description="One variant of an order, as it was called and cost when it was bought.")
class OrderLine:
    id: strawberry.ID
    sku: str
    product_name: str
    variant_name: str
    quantity: int
    unit_price: Money
    total: Money
    tax_lines: list[TaxLine]
    variant_id: strawberry.Private[str]
    seller_id: strawberry.Private[str]

    @strawberry.federation.field(provides=["sku"], description="The variant as it is today.")
    def variant(self) -> ProductVariant:
        return ProductVariant(id=strawberry.ID(self.variant_id), sku=self.sku)

    @strawberry.field
    def seller(self) -> Seller:
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


@strawberry.type(description="One change of an order's status.")
class OrderStatusChange:
    position: int = strawberry.field(description="Counts up within an order; give it back to go on from here.")
    status: OrderStatus
    payment_status: OrderPaymentStatus
    fulfilment_status: OrderFulfilmentStatus
    reason: str | None
    changed_at: datetime
    order_id: strawberry.Private[str]

    @strawberry.field(description="The order as it is now.")
    async def order(self, info: OrderInfo) -> Order:
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


strawberry.enum(SagaStatus, name="OrderPlacementStatus", description="Where the placing of an order stands.")


@strawberry.type(description="How far the placing of an order got, and what keeps it there.")
class OrderPlacement:
    status: SagaStatus
    step: str
    attempts: int = strawberry.field(description="How often the step's undoing was asked for again.")
    reason: str | None = strawberry.field(description="Why it is being undone, or was.")
    obstacle: str | None = strawberry.field(
        description="The newest failure known here: a command that is not sent, or a reply that cannot be dealt with."
    )
    awaited: list[str] = strawberry.field(description="The events of which one must come for it to go on.")
    started_at: datetime
    since: datetime = strawberry.field(description="When it came to this step.")
    deadline: datetime | None = strawberry.field(
        description="When the step is given up, or its undoing asked for again; null at the end."
    )

    @classmethod
    def of(cls, progress: SagaProgress) -> Self:
        return cls(
            status=progress.status,
            step=progress.step,
            attempts=progress.attempts,
            reason=progress.reason,
            obstacle=progress.obstacle,
            awaited=list(progress.awaited),
            started_at=progress.started_at,
            since=progress.since,
            deadline=progress.deadline,
        )


@strawberry.federation.type(keys=["id"], description="What a customer bought, as it was at that moment.")
class Order:
    id: strawberry.ID
    number: str = strawberry.field(description="What people say on the telephone.")
    status: OrderStatus
    payment_status: OrderPaymentStatus
    fulfilment_status: OrderFulfilmentStatus
    cancel_reason: str | None = strawberry.field(description="Why it was cancelled: OUT_OF_STOCK, CARD_DECLINED, ...")
    channel: str
    currency: CurrencyCode
    subtotal: Money = strawberry.field(description="The sum of the line totals.")
    total: Money = strawberry.field(description="The subtotal and all taxes.")
    tax_lines: list[TaxLine]
    shipping_address: Address
    placed_at: datetime
    updated_at: datetime
    customer_id: strawberry.Private[str]

    @strawberry.field
    def customer(self) -> User:
        return User(id=strawberry.ID(self.customer_id))

    @strawberry.field(description="The states the order may go to.")
    def allowed_transitions(self) -> list[OrderStatus]:
        return sorted(ORDER.next_states(self.status))

    @strawberry.field
    async def lines(self, info: OrderInfo) -> list[OrderLine]:
        rows = await info.context.loader(OrderLinesByOrderIdLoader).load(self.id)
        return [OrderLine.from_model(row, str(self.currency)) for row in rows]

    @strawberry.field(description="How its status came about.")
    async def history(self, info: OrderInfo) -> list[OrderStatusChange]:
        rows = await info.context.loader(StatusChangesByOrderIdLoader).load(self.id)
        return [OrderStatusChange.from_model(row) for row in rows]

    @strawberry.federation.field(
        requires_scopes=[[READ], [ADMINISTER]], description="How far its placing got: where it is stuck, and why."
    )
    async def placement(self, info: OrderInfo) -> OrderPlacement | None:
        return present(await info.context.loader(PlacementByOrderIdLoader).load(self.id), OrderPlacement.of)

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


@strawberry.type(description="A page of orders.")
class OrderConnection:
    edges: list[OrderEdge]
    page_info: PageInfo


@strawberry.federation.type(keys=["id"])
class User:
    id: strawberry.ID

    @strawberry.field(description="Their orders, newest first; for themselves and for staff with orders:read.")
    async def orders(
        self,
        info: OrderInfo,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> OrderConnection:
        if not sees_orders_of(info.context, self.id):
            info.context.principal.require_user()
            raise Forbidden("These are somebody else's orders.")
        request = read_page_request(first, after, last, before)
        async with info.context.database.read() as session:
            page = await OrderRepository(session).page_orders(request, customer_id=self.id)
        return build_connection(OrderConnection, OrderEdge, page, Order.from_model)

    @classmethod
    async def resolve_references(
        cls, _context: OrderContext, representations: Sequence[Representation]
    ) -> Sequence[Self | None]:
        return [cls(id=strawberry.ID(read_key(representation, "id"))) for representation in representations]
