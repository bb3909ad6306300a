"""The other domains as the sagas of orders meet them: each reply carries the correlation of the command it answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from sqlalchemy import select

from entrepot.shared.events import Event
from entrepot.shared.events.contracts.inventory import (
    CommitStock,
    HoldStock,
    ReleaseRefused,
    ReleaseStock,
    ReservationCommitted,
    ReservationHeld,
    ReservationRefused,
    ReservationReleased,
)
from entrepot.shared.events.contracts.payments import (
    AuthorizePayment,
    PaymentAuthorized,
    PaymentDeclined,
    PaymentVoided,
    VoidPayment,
    VoidRefused,
)
from entrepot.shared.events.event import Envelope, read_envelope
from entrepot.shared.events.tables import OUTBOX
from tests.support.subgraphs import SubgraphUnderTest

ANSWERS: Final[dict[type[Event], type[Event]]] = {
    ReservationHeld: HoldStock,
    ReservationRefused: HoldStock,
    ReservationCommitted: CommitStock,
    ReservationReleased: ReleaseStock,
    ReleaseRefused: ReleaseStock,
    PaymentAuthorized: AuthorizePayment,
    PaymentDeclined: AuthorizePayment,
    PaymentVoided: VoidPayment,
    VoidRefused: VoidPayment,
}
"""Reply -> the command that it answers."""


async def build_reply(orders: SubgraphUnderTest, order_id: str, kind: type[Event], **facts: Any) -> Envelope:
    """The reply to the newest command of its kind for the order; raises LookupError when there is none."""
    command = await _find_command(orders, order_id, ANSWERS[kind])
    given = command.open()
    key = "payment_id" if hasattr(given, "payment_id") else "reservation_id"
    if kind is PaymentAuthorized:
        facts = {"minor_units": given.minor_units, "currency": given.currency, **facts}  # type: ignore[attr-defined]
    reply = kind(**{key: given.subject, "reference": given.reference, **facts})  # type: ignore[attr-defined]
    envelope = orders.envelope(reply)
    return replace(envelope, correlationid=command.correlationid, causationid=command.id, actor=command.actor)


async def reply(orders: SubgraphUnderTest, order_id: str, *kinds: type[Event], **facts: Any) -> None:
    """Let orders take these replies, one after the other; `facts` are fields of the last."""
    for kind in kinds:
        given = facts if kind is kinds[-1] else {}
        await orders.receive_again(await build_reply(orders, order_id, kind, **given))


async def confirm(orders: SubgraphUnderTest, order_id: str) -> None:
    """Let everything that the order needs be there."""
    await reply(orders, order_id, ReservationHeld, PaymentAuthorized, ReservationCommitted)


async def _find_command(orders: SubgraphUnderTest, order_id: str, kind: type[Event]) -> Envelope:
    query = select(OUTBOX.c.envelope).where(OUTBOX.c.type == kind.TYPE).order_by(OUTBOX.c.position.desc())
    async with orders.process.database.read() as session:
        envelopes = [read_envelope(row.encode()) for row in (await session.scalars(query)).all()]
    for envelope in envelopes:
        if envelope.data["reference"] == {"type": "Order", "id": order_id}:
            return envelope
    raise LookupError(f"Orders have sent no {kind.TYPE} for {order_id}.")
