"""What a message is published for travels with it, through handlers and from unit of work to unit of work."""

from __future__ import annotations

from typing import Any

import pytest

from entrepot.shared.auth import Caller, Principal
from entrepot.shared.events import Consumer, Handler, Message, UnitOfWork
from entrepot.shared.events.cause import NO_CAUSE, Cause, bind_cause, current_cause, read_cause
from entrepot.shared.events.event import Envelope, read_envelope
from entrepot.shared.events.tables import OUTBOX
from tests.support.kernel import Kernel, ThingChanged

ADA = Caller(Principal(user_id="usr_ada"))


async def sent(kernel: Kernel) -> list[Envelope]:
    return [read_envelope(row.envelope.encode()) for row in await kernel.rows(OUTBOX)]


async def test_what_a_request_publishes_names_who_asked(kernel: Kernel) -> None:
    async with kernel.transactions.begin(ADA) as unit:
        unit.publish(ThingChanged(thing_id="a", number=1))
        unit.publish(ThingChanged(thing_id="b", number=1), correlation="saga/1/step/b")
    first, second = await sent(kernel)
    assert (first.actor, first.correlationid, first.causationid) == ("usr_ada", None, None)
    assert (second.actor, second.correlationid) == ("usr_ada", "saga/1/step/b")


async def test_a_reply_carries_what_its_command_carried(kernel: Kernel) -> None:
    async def answer(unit: UnitOfWork[Any], event: ThingChanged) -> None:
        unit.publish(ThingChanged(thing_id=f"reply to {event.thing_id}", number=2))

    consumer = Consumer({ThingChanged: (Handler("answer", answer),)}, kernel.transactions)
    commands = [
        kernel.envelope(ThingChanged(thing_id=name, number=1), correlationid=f"saga/{name}", actor="usr_ada")
        for name in ("a", "b", "c")
    ]
    for command in commands:
        await consumer.receive(Message("entrepot.tests", command.subject, command.to_json()))
    for command, reply in zip(commands, await sent(kernel), strict=True):
        assert reply.subject == f"reply to {command.subject}"
        assert (reply.correlationid, reply.causationid, reply.actor) == (command.correlationid, command.id, "usr_ada")
    assert current_cause() is NO_CAUSE


@pytest.mark.parametrize("cause", [NO_CAUSE, Cause("saga/1", None, "usr_ada"), Cause("a", "b", "c")])
def test_a_row_keeps_a_cause_until_it_can_reply(cause: Cause) -> None:
    with bind_cause(cause):
        assert read_cause(current_cause().to_data()) == cause
    assert read_cause(None) is NO_CAUSE
