"""Double-entry bookkeeping."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from entrepot.shared.money import Money
from entrepot.subgraphs.payments.ledger import LedgerAccount, LedgerFact, build_postings


@given(st.sampled_from(LedgerFact), st.integers(0, 10**12))
def test_both_sides_sum_to_zero(fact: LedgerFact, minor_units: int) -> None:
    postings = build_postings(fact, Money(minor_units, "EUR"))
    assert sum(posting.amount.minor_units for posting in postings) == 0
    assert {posting.amount.currency for posting in postings} == {"EUR"}


def test_a_void_takes_back_what_the_authorization_entered() -> None:
    totals: Counter[LedgerAccount] = Counter()
    for posting in build_postings(LedgerFact.AUTHORIZED, Money(5, "EUR")):
        totals[posting.account] += posting.amount.minor_units
    assert totals[LedgerAccount.AUTHORIZATIONS] == 5
    for posting in build_postings(LedgerFact.VOIDED, Money(5, "EUR")):
        totals[posting.account] += posting.amount.minor_units
    assert set(totals.values()) == {0}
