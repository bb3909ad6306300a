"""The inbox and the dead letters."""

from __future__ import annotations

from entrepot.shared.events.inbox.inbox import add_dead_letter, note_handled
from entrepot.shared.events.tables import DEAD_LETTERS
from tests.support.kernel import Kernel


async def test_each_handler_takes_effect_once(kernel: Kernel) -> None:
    async with kernel.database.write() as session:
        now = kernel.clock.now()
        assert await note_handled(session, {("e1", "a"): (), ("e1", "b"): ()}, now) == {("e1", "a"), ("e1", "b")}
        assert await note_handled(session, {("e1", "a"): (), ("e2", "a"): ("b",)}, now) == {("e2", "a")}
        assert await note_handled(session, {("e1", "a"): ()}, now) == set()
        assert await note_handled(session, {("e2", "c"): ("b", "a")}, now) == set()


async def test_burying_again_brings_the_letter_up_to_date(kernel: Kernel) -> None:
    for attempts in (1, 5):
        async with kernel.database.write() as session:
            facts = {"event_id": "e1", "handler": "a", "subject": "s", "envelope": b"\xff{", "now": kernel.clock.now()}
            await add_dead_letter(session, reason=f"failed {attempts}", attempts=attempts, **facts)  # type: ignore[arg-type]  # by name
            await session.commit()
    (letter,) = await kernel.rows(DEAD_LETTERS)
    assert (letter.reason, letter.attempts, letter.envelope) == ("failed 5", 5, "\N{REPLACEMENT CHARACTER}{")
