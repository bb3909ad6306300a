"""The past orders of the demonstration shop: who ordered when, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final

from entrepot.demo.catalogue import Item, read_items
from entrepot.demo.catalogue.model import Supply
from entrepot.demo.people import ADA, ALAN, ANNIE, CHARLES, EMMY, GRACE, HEDY, MARY
from entrepot.subgraphs.accounts.seeds import DemoUser

_MAX_LINES: Final = 4
_MAX_QUANTITY: Final = 3
MORE_THAN_THERE_IS: Final = 900


class Ending(StrEnum):
    """What became of an order."""

    CONFIRMED = "confirmed"
    DECLINED = "the card was declined"
    DECLINED_AND_REPEATED = "the card was declined, another one was not"
    NO_FUNDS = "the card had no funds"
    WRONG_CARD = "the card was not known"
    OUT_OF_STOCK = "there was not enough in stock"
    CANCELLED_AT_ONCE = "the customer cancelled while it was pending"
    CANCELLED_LATER = "the customer cancelled after the confirmation"
    CANCELLED_BY_CLERK = "the clerk cancelled after the confirmation"
    PROVIDER_AWAY = "the payment provider did not answer"
    STOCK_LATE = "the inventory did not answer in time"


TOKENS: Final = {
    Ending.DECLINED: "tok_declined",
    Ending.DECLINED_AND_REPEATED: "tok_declined",
    Ending.NO_FUNDS: "tok_insufficient_funds",
    Ending.WRONG_CARD: "tok_expired_card",
    Ending.PROVIDER_AWAY: "tok_stuck",
}
"""What the order is paid with, where that is not a card that works."""
GOOD_TOKEN: Final = "tok_visa"  # noqa: S105 - of the local provider


@dataclass(frozen=True, slots=True)
class PastOrder:
    """An order to be placed so many days before the present one; `lines` are SKUs and quantities."""

    days_ago: int
    customer: DemoUser
    ending: Ending
    lines: tuple[tuple[str, int], ...]


_PLAN: Final = (
    (188, ADA, Ending.CONFIRMED),
    (181, MARY, Ending.CONFIRMED),
    (166, GRACE, Ending.CONFIRMED),
    (162, EMMY, Ending.DECLINED),
    (158, ALAN, Ending.CANCELLED_AT_ONCE),
    (143, ADA, Ending.CANCELLED_LATER),
    (136, ANNIE, Ending.CONFIRMED),
    (129, CHARLES, Ending.OUT_OF_STOCK),
    (115, MARY, Ending.CANCELLED_BY_CLERK),
    (108, GRACE, Ending.DECLINED_AND_REPEATED),
    (92, CHARLES, Ending.CONFIRMED),
    (84, HEDY, Ending.PROVIDER_AWAY),
    (77, ADA, Ending.CONFIRMED),
    (70, ANNIE, Ending.STOCK_LATE),
    (55, MARY, Ending.NO_FUNDS),
    (48, GRACE, Ending.CANCELLED_LATER),
    (35, CHARLES, Ending.WRONG_CARD),
    (29, ADA, Ending.CONFIRMED),
    (23, HEDY, Ending.CONFIRMED),
    (18, GRACE, Ending.CONFIRMED),
    (10, EMMY, Ending.CONFIRMED),
    (4, ALAN, Ending.CONFIRMED),
    (2, ADA, Ending.CONFIRMED),
    (1, GRACE, Ending.CONFIRMED),
)


def plan_orders() -> Iterator[PastOrder]:
    """All past orders, oldest first; the same ones every time."""
    items = [item for item in read_items() if item.supply is Supply.AMPLE]
    for number, (days_ago, customer, ending) in enumerate(_PLAN):
        lines = tuple(_choose_lines(Random(number), items))  # noqa: S311 - the same for everybody on purpose
        if ending is Ending.OUT_OF_STOCK:
            lines = ((lines[0][0], MORE_THAN_THERE_IS), *lines[1:])
        yield PastOrder(days_ago, customer, ending, lines)


def _choose_lines(random: Random, items: Sequence[Item]) -> Iterator[tuple[str, int]]:
    """The first offer of some items: it is never sold out."""
    for item in random.sample(items, random.randint(1, _MAX_LINES)):
        yield item.offers[0].sku, random.randint(1, _MAX_QUANTITY)
