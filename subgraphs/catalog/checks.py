"""What the catalog accepts: each check raises InvalidInput, which names the input field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from entrepot.shared.errors import InvalidInput
from entrepot.shared.input_checks import check_input
from entrepot.shared.money import Money
from entrepot.subgraphs.catalog.models import DEFAULT_CHANNEL, Price

_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MAX_NAME: Final = 200
_MAX_DESCRIPTION: Final = 20_000
_MAX_ATTRIBUTES: Final = 50
_MAX_OFFERS: Final = 200
_MAX_MINOR_UNITS: Final = 10**12
_CHANNEL: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class PriceOffer:
    """A price to be set: `compare_at` is what it cost before."""

    amount: Money
    compare_at: Money | None = None
    channel: str = DEFAULT_CHANNEL

    def to_price(self, variant_id: str) -> Price:
        return Price(
            variant_id=variant_id,
            channel=self.channel,
            currency=self.amount.currency,
            minor_units=self.amount.minor_units,
            compare_at_minor_units=self.compare_at.minor_units if self.compare_at else None,
        )


def check_name(name: str) -> None:
    if not 1 <= len(name.strip()) <= _MAX_NAME:
        raise InvalidInput(f"A name has from 1 to {_MAX_NAME} characters.", path=("name",))


def check_slug(slug: str) -> None:
    if len(slug) > _MAX_NAME or not _SLUG.fullmatch(slug):
        raise InvalidInput("A slug is lower-case letters and digits in words joined by hyphens.", path=("slug",))


def check_attributes(attributes: Mapping[str, str]) -> None:
    if len(attributes) > _MAX_ATTRIBUTES or any(
        not 1 <= len(text) <= _MAX_NAME for item in attributes.items() for text in item
    ):
        raise InvalidInput(
            f"A variant has at most {_MAX_ATTRIBUTES} attributes, names and values of 1 to {_MAX_NAME} characters.",
            path=("attributes",),
        )


def check_offers(offers: Sequence[PriceOffer]) -> None:
    if len(offers) > _MAX_OFFERS:
        raise InvalidInput(f"At most {_MAX_OFFERS} prices are set at once.", path=("prices",))
    with check_input() as checks:
        for position, offer in enumerate(offers):
            checks.run(_check_offer, offer, ("prices", str(position)))


def check_sku(sku: str) -> None:
    if not 1 <= len(sku) <= _MAX_NAME:
        raise InvalidInput(f"A SKU has from 1 to {_MAX_NAME} characters.", path=("sku",))


def check_description(description: str) -> None:
    if len(description) > _MAX_DESCRIPTION:
        raise InvalidInput(f"A description has at most {_MAX_DESCRIPTION} characters.", path=("description",))


def _check_offer(offer: PriceOffer, path: tuple[str, ...]) -> None:
    with check_input() as checks:
        checks.run(_check_channel, offer.channel, (*path, "channel"))
        checks.run(_check_amount, offer.amount, (*path, "amount"))
        if offer.compare_at is not None:
            checks.run(_check_compare_at, offer.compare_at, offer.amount, (*path, "compareAt"))


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
