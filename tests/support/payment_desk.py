"""Payments in the words of their tests: orders ask, the provider does as it is told, and the books are checked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import func, select

from entrepot.shared.auth import Caller
from entrepot.shared.events import Event
from entrepot.shared.events.contracts.payments import AuthorizePayment, VoidPayment
from entrepot.shared.events.contracts.reference import Reference
from entrepot.shared.money import Money
from entrepot.subgraphs.payments import service
from entrepot.subgraphs.payments.errors import ProviderUnanswered, ProviderUnavailable
from entrepot.subgraphs.payments.ledger import LedgerAccount
from entrepot.subgraphs.payments.models import LedgerEntry, Payment
from entrepot.subgraphs.payments.ports import Outcome, PaymentProvider, PaymentsDependencies
from entrepot.subgraphs.payments.states import PaymentStatus
from tests.support.subgraphs import SubgraphUnderTest, customer

T = TypeVar("T")
TOTAL = 1999


class Crash(BaseException):
    """The process dies here."""


async def nothing() -> None:
    """What happens in between, when nothing does."""


@dataclass
class ScriptedProvider:
    """A provider with faults by script, one entry a call: before it takes effect or after it; and things in between.

    Every authorization, void and look-up asks for the next entry; when the script is empty the call goes through.
    """

    inner: PaymentProvider
    script: list[str] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[None]] = nothing
    calls: list[str] = field(default_factory=list)

    async def authorize(self, *, key: str, amount: Money, token: str) -> Outcome:
        return await self._call("authorize", lambda: self.inner.authorize(key=key, amount=amount, token=token))

    async def void(self, *, key: str, reference: str | None) -> None:
        await self._call("void", lambda: self.inner.void(key=key, reference=reference))

    async def find(self, *, key: str) -> Outcome | None:
        return await self._call("find", lambda: self.inner.find(key=key))

    async def capture(self, *, key: str, reference: str, amount: Money) -> None:
        await self.inner.capture(key=key, reference=reference, amount=amount)

    async def _call(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        self.calls.append(name)
        fault = self.script.pop(0) if self.script else "none"
        faults: Mapping[str, BaseException] = {
            "unavailable": ProviderUnavailable("as scripted"),
            "crash_before": Crash(),
            "unanswered": ProviderUnanswered("as scripted"),
            "fault": RuntimeError("as scripted"),
            "crash_after": Crash(),
        }
        if fault in ("unavailable", "crash_before"):
            raise faults[fault]
        try:
            result = await call()
        finally:
            meanwhile, self.meanwhile = self.meanwhile, nothing
            await meanwhile()
        if fault in faults:
            raise faults[fault]
        return result


@dataclass
class PaymentDesk:
    """Payments under test."""

    subgraph: SubgraphUnderTest
    heard: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        dependencies: PaymentsDependencies = self.subgraph.transactions.dependencies
        self.provider = ScriptedProvider(dependencies.provider)
        self.subgraph.transactions.dependencies = PaymentsDependencies(dependencies.settings, self.provider)

    async def ask(self, payment: str = "p1", token: str = "tok_visa", minor_units: int = TOTAL) -> list[Event]:
        await self.subgraph.receive(await self.authorization_request(payment, token, minor_units))
        return await self.listen()

    async def add_method(self, token: str = "tok_visa", number: int = 1) -> str:
        """The id of a payment method that the customer of the number adds."""
        async with self.subgraph.transactions.begin(Caller(customer(number))) as unit:
            return (await service.add_payment_method(unit, service.AddPaymentMethod(token=token))).id

    async def authorization_request(
        self, payment: str = "p1", token: str = "tok_visa", minor_units: int = TOTAL, currency: str = "EUR"
    ) -> AuthorizePayment:
        """The command of an order that is paid by a new payment method with the token."""
        return AuthorizePayment(
            payment_id=payment,
            reference=order_of(payment),
            customer_id=str(customer(1).user_id),
            payment_method_id=await self.add_method(token),
            minor_units=minor_units,
            currency=currency,
        )

    async def void(self, payment: str = "p1") -> list[Event]:
        await self.subgraph.receive(VoidPayment(payment_id=payment, reference=order_of(payment)))
        return await self.listen()

    async def work(self) -> list[Event]:
        """Let the job do what is due; a crash ends it, as it would a process."""
        with suppress(Crash):
            await self.subgraph.run_jobs()
        return await self.listen()

    async def work_until_done(self, seconds: float = 300) -> list[Event]:
        """Let time pass and the job work."""
        news: list[Event] = []
        for _ in range(int(seconds)):
            news += await self.work()
            self.subgraph.clock.advance(1)
        return news

    async def listen(self) -> list[Event]:
        """What payments have announced since the last call; all of it is kept in `heard`."""
        news = await self.subgraph.published()
        self.heard += news
        return news

    async def payments(self) -> dict[str, Payment]:
        async with self.subgraph.process.database.read() as session:
            return {row.id: row for row in (await session.scalars(select(Payment))).all()}

    async def status(self, payment: str = "p1") -> str:
        return (await self.payments())[payment].status

    def open_at_provider(self) -> dict[str, Money]:
        """What the provider has set aside, by idempotency key."""
        return dict(self.provider.inner.read_open())  # type: ignore[attr-defined]  # the local provider's statement

    async def check_books(self) -> None:
        """Every fact sums to zero, and what the ledger says is set aside is what the payments say."""
        sums = select(func.sum(LedgerEntry.minor_units)).group_by(LedgerEntry.transaction_id, LedgerEntry.currency)
        held = (
            select(LedgerEntry.payment_id, func.sum(LedgerEntry.minor_units))
            .where(LedgerEntry.account == LedgerAccount.AUTHORIZATIONS)
            .group_by(LedgerEntry.payment_id)
        )
        async with self.subgraph.process.database.read() as session:
            assert set((await session.scalars(sums)).all()) <= {0}
            ledger = {row[0]: row[1] for row in await session.execute(held)}
            # In the same view as the ledger: work that a crash left behind may go on meanwhile.
            payments = (await session.scalars(select(Payment))).all()
        secured = {
            payment.id: payment.minor_units for payment in payments if payment.status == PaymentStatus.AUTHORIZED
        }
        assert {identity: amount for identity, amount in ledger.items() if amount} == secured


def order_of(payment: str) -> Reference:
    """The order that the payment of this id pays: p1 pays o1."""
    return Reference(type="Order", id=f"o{payment[1:]}")
