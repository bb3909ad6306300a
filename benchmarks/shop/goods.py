"""What both shops sell: the same products, and which of them a word finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final

_LISTED: Final = 200
VARIANTS: Final = 3
PAGE: Final = 20
_BOUGHT: Final = 20
_SCARCE: Final = 1
SCARCE_STOCK: Final = 10
_PLENTY: Final = 10_000_000
_GROUPS, _CLASSES = 10, 10
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiu"


@dataclass(frozen=True, slots=True)
class Variant:
    """`price` in minor units."""

    sku: str
    name: str
    price: int
    stock: int


@dataclass(frozen=True, slots=True)
class Product:
    """A product as both shops have it."""

    name: str
    slug: str
    description: str
    variants: Sequence[Variant]


@dataclass(frozen=True)
class Goods:
    """`listed` are read and never bought, `bought` has plenty of stock, `scarce` 10 units of each variant.

    The lists of the shops are in this order, so that the pages which are read hold `listed` only.
    """

    listed: Sequence[Product]
    bought: Sequence[Product]
    scarce: Sequence[Product]
    words: Sequence[str]

    @property
    def products(self) -> Sequence[Product]:
        return (*self.listed, *self.bought, *self.scarce)

    @cached_property
    def prices(self) -> Mapping[str, int]:
        """Of each variant, by its SKU."""
        return {item.sku: item.price for product in self.products for item in product.variants}

    def find(self, word: str) -> Sequence[Product]:
        """The listed products with that word in their description."""
        return [product for product in self.listed if word in product.description.split()]

    def to_json(self) -> list[dict[str, Any]]:
        return [asdict(product) for product in self.products]


def build_goods(listed: int = _LISTED, bought: int = _BOUGHT) -> Goods:
    """The goods; each product has 10 of 100 words, each of which is in a tenth of the products.

    `listed` is a multiple of 10.
    """
    words = [_coin(number) for number in range(_GROUPS * _CLASSES)]
    return Goods(
        listed=[_build(number, f"Product {number:03}", _choose(words, number)) for number in range(listed)],
        bought=[_build(listed + number, f"Staple {number:03}", [], stock=_PLENTY) for number in range(bought)],
        scarce=[
            _build(listed + bought + number, f"Rarity {number:03}", [], stock=SCARCE_STOCK) for number in range(_SCARCE)
        ],
        words=words,
    )


def pick(products: Sequence[Product], number: int) -> str:
    """The SKU of one of their variants; one number after the other, it is a variant of each product in turn."""
    product = products[number % len(products)]
    return product.variants[number // len(products) % len(product.variants)].sku


def _build(number: int, name: str, words: Sequence[str], *, stock: int | None = None) -> Product:
    slug = name.lower().replace(" ", "-")
    return Product(
        name=name,
        slug=slug,
        description=" ".join(["Made to last, and to be found by:", *words]),
        variants=[
            Variant(
                sku=f"{slug}-{size}".upper(),
                name=f"{name} size {size}",
                price=1000 + 7 * number + 100 * size,
                stock=100 + 3 * number + size if stock is None else stock,
            )
            for size in range(VARIANTS)
        ],
    )


def _choose(words: Sequence[str], number: int) -> Sequence[str]:
    """One word of each group, such that all words are in equally many products and no two in the same ones."""
    block = number // _CLASSES
    return [words[group * _CLASSES + (number + block * group) % _CLASSES] for group in range(_GROUPS)]


def _coin(number: int) -> str:
    """A word that no language has: nothing stems it, and it is no part of another."""
    first, rest = divmod(number, len(_CONSONANTS))
    return f"{_CONSONANTS[rest]}{_VOWELS[first % 4]}{_CONSONANTS[(rest + first) % 14]}{_VOWELS[first // 4]}vo"
