"""How products are found: what is searched, and what a filter asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from entrepot.shared.money import Money

_MAX_WORDS: Final = 8


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """What products must be like; None asks nothing. Prices are of `channel` and inclusive.

    `below_id` is a second category that they must be in: the one whose products are listed.
    """

    search: str | None = None
    category_id: str | None = None
    is_featured: bool | None = None
    minimum_price: Money | None = None
    maximum_price: Money | None = None
    channel: str = "default"
    below_id: str | None = None


def build_search_text(name: str, description: str, skus: Iterable[str]) -> str:
    """The lower-case text in which words are looked for."""
    return " ".join([name, description, *skus]).casefold()


def read_words(search: str) -> Sequence[str]:
    """The words that all must occur, at most eight."""
    return search.casefold().split()[:_MAX_WORDS]
