"""Double-entry bookkeeping: every fact about money is a set of entries that sum to zero."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from entrepot.shared.money import Money


class LedgerAccount(StrEnum):
    """Where amounts stand."""

    AUTHORIZATIONS = "AUTHORIZATIONS"  # what providers have set aside for us
    CUSTOMERS = "CUSTOMERS"  # the other side: what customers have promised


class LedgerFact(StrEnum):
    """What happened to the money."""

    AUTHORIZED = "AUTHORIZED"
    VOIDED = "VOIDED"


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of a fact: the account and the signed amount."""

    account: LedgerAccount
    amount: Money


def build_postings(fact: LedgerFact, amount: Money) -> tuple[Posting, ...]:
    """Both sides of the fact; they sum to zero."""
    sign = 1 if fact is LedgerFact.AUTHORIZED else -1
    return (
        Posting(LedgerAccount.AUTHORIZATIONS, amount.times(sign)),
        Posting(LedgerAccount.CUSTOMERS, amount.times(-sign)),
    )
