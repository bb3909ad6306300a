"""From an order's request to the provider and back: every token, every fault, and voids in between."""

from __future__ import annotations

import asyncio

import pytest

from entrepot.shared.events import Event
from entrepot.shared.events.contracts.payments import PaymentAuthorized, PaymentDeclined, PaymentVoided
from entrepot.shared.money import Money
from entrepot.subgraphs.payments.ports import Outcome, PaymentProvider, PaymentsDependencies
from entrepot.subgraphs.payments.service import process_due
from tests.support.payment_desk import TOTAL, PaymentDesk, order_of

VOIDED = PaymentVoided(payment_id="p1", reference=order_of("p1"))


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


async def check_open(desk: PaymentDesk, *orders: str) -> None:
    """Exactly these orders have money set aside at the provider, each once and all of it."""
    payments = await desk.payments()
    assert {key: amount.minor_units for key, amount in desk.open_at_provider().items()} == {
        payments[order].idempotency_key: TOTAL for order in orders
    }
    await desk.check_books()


class TestTokens:
    async def test_that_works_is_authorized(self, desk: PaymentDesk) -> None:
        assert await desk.ask() == []
        (answer,) = await desk.work()
        assert answer == PaymentAuthorized(payment_id="p1", reference=order_of("p1"), minor_units=TOTAL, currency="EUR")
        assert await desk.status() == "AUTHORIZED"
        await check_open(desk, "p1")

    @pytest.mark.parametrize(
        ("token", "reason"),
        [
            ("tok_declined", "CARD_DECLINED"),
            ("tok_insufficient_funds", "INSUFFICIENT_FUNDS"),
            ("unknown", "INVALID_TOKEN"),
        ],
    )
    async def test_that_is_declined_says_why(self, desk: PaymentDesk, token: str, reason: str) -> None:
        await desk.ask(token=token)
        (answer,) = await desk.work()
        assert answer == PaymentDeclined(payment_id="p1", reference=order_of("p1"), reason=reason)
        assert await desk.status() == "FAILED"
        await check_open(desk)

    @pytest.mark.parametrize("token", ["tok_timeout", "tok_unavailable"])
    async def test_that_works_late_is_authorized_once(self, desk: PaymentDesk, token: str) -> None:
        await desk.ask(token=token)
        assert await desk.work() == []
        assert await desk.status() == "PROCESSING"
        assert kinds(await desk.work_until_done(20)) == ["PaymentAuthorized"]
        await check_open(desk, "p1")

    async def test_that_times_out_is_found_and_not_asked_for_again(self, desk: PaymentDesk) -> None:
        await desk.ask(token="tok_timeout")
        await desk.work_until_done(20)
        assert desk.provider.calls == ["authorize", "find"]

    async def test_that_is_stuck_is_given_up_and_let_go(self, desk: PaymentDesk) -> None:
        await desk.ask(token="tok_stuck")
        assert await desk.work_until_done(40) == []
        await check_open_only_at_provider(desk)
        (answer,) = await desk.work_until_done(30)
        assert isinstance(answer, PaymentDeclined)
        assert answer.reason == "PROVIDER_UNAVAILABLE"
        assert await desk.status() == "FAILED"
        await check_open(desk)

    async def test_is_forgotten_once_there_is_an_outcome(self, desk: PaymentDesk) -> None:
        await desk.ask()
        assert (await desk.payments())["p1"].payment_token == "tok_visa"
        await desk.work()
        assert (await desk.payments())["p1"].payment_token is None


async def check_open_only_at_provider(desk: PaymentDesk) -> None:
    """Set aside at the provider, though we do not know it."""
    assert len(desk.open_at_provider()) == 1
    assert await desk.status() == "PROCESSING"


class TestRequests:
    @pytest.mark.parametrize(
        ("minor_units", "currency", "token", "reason"),
        [
            (-1, "EUR", "tok_visa", "INVALID_AMOUNT"),
            (1, "XXXX", "tok_visa", "INVALID_AMOUNT"),
        ],
    )
    async def test_that_no_provider_could_take_are_declined_at_once(
        self, desk: PaymentDesk, minor_units: int, currency: str, token: str, reason: str
    ) -> None:
        await desk.subgraph.receive(await desk.authorization_request("p1", token, minor_units, currency))
        (answer,) = await desk.listen()
        assert isinstance(answer, PaymentDeclined)
        assert answer.reason == reason
        assert await desk.work_until_done(3) == []
        assert desk.provider.calls == []

    async def test_delivered_twice_authorize_once(self, desk: PaymentDesk) -> None:
        envelope = desk.subgraph.envelope(await desk.authorization_request())
        await desk.subgraph.receive_again(envelope)
        await desk.subgraph.receive_again(envelope)
        assert kinds(await desk.work()) == ["PaymentAuthorized"]
        await desk.subgraph.receive_again(envelope)
        assert await desk.listen() == []

    async def test_asked_again_are_answered_again(self, desk: PaymentDesk) -> None:
        await desk.ask()
        assert await desk.ask() == []
        await desk.work()
        assert kinds(await desk.ask()) == ["PaymentAuthorized"]
        assert await desk.work() == []
        await check_open(desk, "p1")

    async def test_asked_again_after_a_decline_stay_declined(self, desk: PaymentDesk) -> None:
        await desk.ask(token="tok_declined")
        await desk.work()
        assert kinds(await desk.ask(token="tok_visa")) == ["PaymentDeclined"]
        await check_open(desk)

    async def test_wake_the_job(self, desk: PaymentDesk) -> None:
        async with desk.subgraph.fan_out.listen("job:process-payments") as listener:
            await desk.ask()
            await asyncio.wait_for(listener.wait(), 1)
        assert "job:process-payments" in [job.channel for job in desk.subgraph.process.subgraph.jobs]

    async def test_of_many_orders_are_authorized_once_by_two_workers(self, desk: PaymentDesk) -> None:
        payments = [f"p{number}" for number in range(50)]
        requests = [await desk.authorization_request(payment) for payment in payments]
        await asyncio.gather(*(desk.subgraph.receive(request) for request in requests))
        while any(await asyncio.gather(*(process_due(desk.subgraph.transactions) for _ in range(2)))):
            pass
        assert kinds(await desk.listen()) == ["PaymentAuthorized"] * 50
        assert desk.provider.calls == ["authorize"] * 50
        await check_open(desk, *payments)


class TestCrashes:
    @pytest.mark.parametrize(
        ("script", "status"),
        [
            (["crash_before"], "AUTHORIZED"),
            (["crash_after"], "AUTHORIZED"),
            (["unanswered"], "AUTHORIZED"),
            (["unavailable"], "AUTHORIZED"),
            (["fault"], "AUTHORIZED"),
            (["unanswered", "unavailable", "crash_after"], "AUTHORIZED"),
            # Two leases last longer than an authorization may take.
            (["crash_after", "crash_after"], "FAILED"),
            (["crash_before", "none", "crash_before"], "FAILED"),
            (["unanswered"] * 12, "FAILED"),
        ],
    )
    async def test_leave_one_authorization_or_none(self, desk: PaymentDesk, script: list[str], status: str) -> None:
        desk.provider.script = list(script)
        await desk.ask()
        assert await desk.work() == []
        news = await desk.work_until_done(150)
        assert kinds(news) == ["PaymentAuthorized" if status == "AUTHORIZED" else "PaymentDeclined"]
        assert desk.provider.script == []
        assert await desk.status() == status
        await check_open(desk, *(["p1"] if status == "AUTHORIZED" else []))

    async def test_nobody_takes_a_payment_while_its_lease_lasts(self, desk: PaymentDesk) -> None:
        desk.provider.script = ["crash_before"]
        await desk.ask()
        await desk.work()
        await desk.work_until_done(29)
        assert desk.provider.calls == ["authorize"]
        assert kinds(await desk.work_until_done(3)) == ["PaymentAuthorized"]

    async def test_a_worker_that_lost_its_lease_changes_nothing(self, desk: PaymentDesk) -> None:
        async def outlive_the_lease() -> None:
            desk.subgraph.clock.advance(31)
            await process_due(desk.subgraph.transactions)

        desk.provider.meanwhile = outlive_the_lease
        await desk.ask()
        assert kinds(await desk.work()) == ["PaymentAuthorized"]
        assert desk.provider.calls == ["authorize", "find"]
        await check_open(desk, "p1")


class SlowProvider:
    """A provider that keeps the calls for one token waiting until it is released."""

    def __init__(self, inner: PaymentProvider) -> None:
        self.inner = inner
        self.is_released = asyncio.Event()

    async def authorize(self, *, key: str, amount: Money, token: str) -> Outcome:
        if token == "tok_slow":
            await self.is_released.wait()
            token = "tok_visa"
        return await self.inner.authorize(key=key, amount=amount, token=token)

    async def void(self, *, key: str, reference: str | None) -> None:
        await self.inner.void(key=key, reference=reference)

    async def find(self, *, key: str) -> Outcome | None:
        return await self.inner.find(key=key)

    async def capture(self, *, key: str, reference: str, amount: Money) -> None:
        await self.inner.capture(key=key, reference=reference, amount=amount)


class TestSlowCalls:
    async def test_one_holds_up_no_other_payment(self, desk: PaymentDesk) -> None:
        transactions = desk.subgraph.transactions
        provider = SlowProvider(desk.provider)
        transactions.dependencies = PaymentsDependencies(transactions.dependencies.settings, provider)
        batch = transactions.dependencies.settings.batch

        async def pay(*orders: str) -> None:
            """Return when these are paid; the slow one is still under way."""
            for order in orders:
                await desk.ask(order)
            async with asyncio.timeout(30):
                while not {
                    order for order, payment in (await desk.payments()).items() if payment.status == "AUTHORIZED"
                }.issuperset(orders):
                    await asyncio.sleep(0.01)

        await desk.ask("slow", "tok_slow")
        async with asyncio.TaskGroup() as group:
            working = group.create_task(process_due(transactions))
            await pay(*(f"o{number}" for number in range(2 * batch + 1)))
            await pay("o-last")
            assert (await desk.payments())["slow"].status == "PROCESSING"
            provider.is_released.set()
        assert working.result() == 2 * batch + 3
        await desk.check_books()
        assert await desk.status("slow") == "AUTHORIZED"


class TestVoids:
    async def test_of_nothing_leaves_a_tombstone(self, desk: PaymentDesk) -> None:
        assert await desk.void() == [VOIDED]
        (answer,) = await desk.ask()
        assert isinstance(answer, PaymentDeclined)
        assert answer.reason == "CANCELLED"
        assert await desk.work_until_done(3) == []
        assert desk.provider.calls == []
        assert await desk.void() == [VOIDED]

    async def test_before_the_provider_was_asked(self, desk: PaymentDesk) -> None:
        await desk.ask()
        assert kinds(await desk.void()) == ["PaymentDeclined", "PaymentVoided"]
        assert await desk.status() == "CANCELLED"
        assert await desk.work_until_done(3) == []
        assert desk.provider.calls == []

    async def test_of_an_authorization_lets_it_go(self, desk: PaymentDesk) -> None:
        await desk.ask()
        await desk.work()
        assert await desk.void() == []
        assert await desk.work() == [VOIDED]
        assert await desk.status() == "VOIDED"
        await check_open(desk)
        assert await desk.void() == [VOIDED]
        assert kinds(await desk.ask()) == ["PaymentDeclined"]

    @pytest.mark.parametrize("token", ["tok_visa", "tok_timeout", "tok_stuck", "tok_unavailable"])
    async def test_during_the_call_lets_go_of_whatever_comes(self, desk: PaymentDesk, token: str) -> None:
        async def call_off() -> None:
            await desk.void()

        await desk.ask(token=token)
        if token == "tok_visa":
            desk.provider.meanwhile = call_off
            news = await desk.work_until_done(5)
        else:
            await desk.work()
            await desk.void()
            news = await desk.work_until_done(5)
        assert VOIDED in news
        assert "PaymentAuthorized" not in kinds(desk.heard)
        assert await desk.status() in ("VOIDED", "FAILED")
        await check_open(desk)

    async def test_during_a_call_that_is_declined(self, desk: PaymentDesk) -> None:
        async def call_off() -> None:
            await desk.void()

        desk.provider.meanwhile = call_off
        await desk.ask(token="tok_declined")
        assert kinds(await desk.work()) == ["PaymentDeclined", "PaymentVoided"]
        await check_open(desk)

    async def test_after_a_decline(self, desk: PaymentDesk) -> None:
        await desk.ask(token="tok_declined")
        await desk.work()
        assert await desk.void() == [VOIDED]

    async def test_after_giving_up(self, desk: PaymentDesk) -> None:
        await desk.ask(token="tok_stuck")
        await desk.work_until_done(60)
        assert await desk.void() == [VOIDED]

    @pytest.mark.parametrize(
        "script", [["unanswered"], ["unavailable"], ["crash_before"], ["crash_after"], ["fault", "unanswered"]]
    )
    async def test_that_fail_are_tried_until_nothing_is_open(self, desk: PaymentDesk, script: list[str]) -> None:
        await desk.ask()
        await desk.work()
        await desk.void()
        desk.provider.script = list(script)
        assert await desk.work() == []
        assert await desk.work_until_done(60) == [VOIDED]
        assert await desk.status() == "VOIDED"
        await check_open(desk)

    async def test_asked_for_twice_are_done_once(self, desk: PaymentDesk) -> None:
        await desk.ask()
        await desk.work()
        await desk.void()
        await desk.void()
        assert await desk.work_until_done(3) == [VOIDED]
        assert desk.provider.calls.count("void") == 1
