"""Prices as they are given: what a variant is to cost in one channel and currency."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from entrepot.shared.errors import InvalidInput
from entrepot.shared.input_checks import check_input
from entrepot.shared.money import Money
from entrepot.subgraphs.catalog import models

MAX_PRICES: Final = 200
_MAX_MINOR_UNITS: Final = 10**12
_CHANNEL: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class Price:
    """A price of a variant in one sales channel and one currency."""

    amount: Money
    """The price of one unit, 0 to 1,000,000,000,000 minor units."""
    compare_at: Money | None = None
    """The previous price, for display as crossed out: higher than `amount` and in the same currency."""
    channel: str = models.DEFAULT_CHANNEL
    """The sales channel: up to 32 lower-case letters, digits and hyphens."""

    def to_model(self, variant_id: str) -> models.Price:
        return models.Price(
            variant_id=variant_id,
            channel=self.channel,
            currency=self.amount.currency,
            minor_units=self.amount.minor_units,
            compare_at_minor_units=self.compare_at.minor_units if self.compare_at else None,
        )


def check_prices(prices: Sequence[Price]) -> None:
    """Raises for what is wrong in any price, and for two that are for one channel and currency; or for too many."""
    if len(prices) > MAX_PRICES:
        raise InvalidInput(f"At most {MAX_PRICES} prices are set at once.", path=("prices",))
    with check_input() as checks:
        places: set[tuple[str, str]] = set()
        for position, price in enumerate(prices):
            path, place = ("prices", str(position)), (price.channel, price.amount.currency)
            checks.run(_check_price, price, path)
            checks.run(_check_first, place, places, path)
            places.add(place)


def _check_price(price: Price, path: tuple[str, ...]) -> None:
    with check_input() as checks:
        checks.run(_check_channel, price.channel, (*path, "channel"))
        checks.run(_check_amount, price.amount, (*path, "amount"))
        if price.compare_at is not None:
            checks.run(_check_compare_at, price.compare_at, price.amount, (*path, "compareAt"))


def _check_first(place: tuple[str, str], others: Collection[tuple[str, str]], path: tuple[str, ...]) -> None:
    if place in others:
        channel, currency = place
        raise InvalidInput(f"There are two prices in {currency} for the channel {channel!r}. Leave one out.", path=path)


def _check_channel(channel: str, path: tuple[str, ...]) -> None:
    if not _CHANNEL.fullmatch(channel):
        raise InvalidInput("A channel is up to 32 lower-case letters, digits and hyphens.", path=path)


def _check_amount(amount: Money, path: tuple[str, ...]) -> None:
    if not 0 <= amount.minor_units <= _MAX_MINOR_UNITS:
        raise InvalidInput(f"A price is from 0 to {_MAX_MINOR_UNITS} minor units.", path=path)


def _check_compare_at(compare_at: Money, amount: Money, path: tuple[str, ...]) -> None:
    _check_amount(compare_at, path)
    if compare_at.currency != amount.currency or compare_at.minor_units <= amount.minor_units:
        raise InvalidInput("compareAt is a higher amount of the same currency.", path=path)
