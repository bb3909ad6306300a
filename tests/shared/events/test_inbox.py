"""The inbox and the dead letters."""

from __future__ import annotations

from shared.events.inbox import bury, note_handled
from shared.events.tables import DEAD_LETTERS
from tests.support.kernel import Kernel


async def test_each_handler_takes_effect_once(kernel: Kernel) -> None:
    async with kernel.database.write() as session:
        now = kernel.clock.now()
        noted = [
            await note_handled(session, event_id=event, handler=handler, now=now)
            for event, handler in [("e1", "a"), ("e1", "b"), ("e1", "a"), ("e2", "a")]
        ]
    assert noted == [True, True, False, True]


async def test_burying_again_brings_the_letter_up_to_date(kernel: Kernel) -> None:
    for attempts in (1, 5):
        async with kernel.database.write() as session:
            facts = {"event_id": "e1", "handler": "a", "envelope": b"\xff{", "now": kernel.clock.now()}
            await bury(session, reason=f"failed {attempts}", attempts=attempts, **facts)  # type: ignore[arg-type]  # by name
            await session.commit()
    (letter,) = await kernel.rows(DEAD_LETTERS)
    assert (letter.reason, letter.attempts, letter.envelope) == ("failed 5", 5, "\N{REPLACEMENT CHARACTER}{")
