"""Whatever comes in whatever order: no authorization is left open that nobody answers for."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.shared.events.contracts.payments import PaymentAuthorized, PaymentDeclined, PaymentVoided
from tests.support.payment_desk import PaymentDesk, nothing
from tests.support.subgraphs import open_subgraph

PAYMENTS = st.sampled_from(["p1", "p2", "p3"])
TOKENS = st.sampled_from(["tok_visa", "tok_declined", "tok_timeout", "tok_unavailable", "tok_stuck"])
FAULTS = st.lists(st.sampled_from(["none", "unavailable", "unanswered", "crash_before", "crash_after"]), max_size=3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), PAYMENTS, TOKENS),
        st.tuples(st.just("void"), PAYMENTS),
        st.tuples(st.just("work"), FAULTS),
        st.tuples(st.just("work_and_void"), PAYMENTS),
        st.tuples(st.just("wait"), st.integers(1, 40)),
    ),
    min_size=4,
    max_size=16,
)


class TestInterleavings:
    @settings(max_examples=40, deadline=None)
    @given(STEPS)
    def test_leave_nothing_open_that_nobody_answers_for(self, steps: list[tuple[object, ...]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(self.play(Path(folder), steps))

    async def play(self, folder: Path, steps: list[tuple[object, ...]]) -> None:
        async with open_subgraph("payments", folder) as subgraph:
            desk = PaymentDesk(subgraph)
            asked: set[str] = set()
            voided: set[str] = set()
            for step in steps:
                match step:
                    case ("ask", str(payment), str(token)):
                        await desk.ask(payment, token)
                        asked.add(payment)
                    case ("void", str(payment)):
                        await desk.void(payment)
                        voided.add(payment)
                    case ("work", list(script)):
                        desk.provider.script = list(script)
                        await desk.work()
                    case ("work_and_void", str(payment)):
                        await self.work_and_void(desk, payment, voided)
                    case ("wait", int(seconds)):
                        subgraph.clock.advance(seconds)
                await desk.check_books()
            desk.provider.script = []
            for _ in range(12):
                await desk.work()
                subgraph.clock.advance(11)
            await self.check(desk, asked, voided)

    async def work_and_void(self, desk: PaymentDesk, payment: str, voided: set[str]) -> None:
        """The payment is voided while the provider is being called, when it is called at all."""

        async def call_off() -> None:
            voided.add(payment)
            await desk.void(payment)

        desk.provider.script = []
        desk.provider.meanwhile = call_off
        await desk.work()
        desk.provider.meanwhile = nothing

    async def check(self, desk: PaymentDesk, asked: set[str], voided: set[str]) -> None:
        await desk.check_books()
        payments = await desk.payments()
        opened = desk.open_at_provider()
        for identity in asked | voided:
            payment = payments[identity]
            answers = [event for event in desk.heard if event.subject == identity]
            is_authorized = payment.status == "AUTHORIZED"
            assert (payment.idempotency_key in opened) == is_authorized
            assert payment.next_attempt_at is None
            if identity in voided:
                assert not is_authorized
                assert isinstance(answers[-1], PaymentVoided | PaymentDeclined)
                assert any(isinstance(answer, PaymentVoided) for answer in answers)
            else:
                kinds = {type(answer) for answer in answers}
                assert kinds == {PaymentAuthorized if is_authorized else PaymentDeclined}
        assert len(opened) == sum(payment.status == "AUTHORIZED" for payment in payments.values())
