"""The cases, and the content of a correct response to each, the same for both shops."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from benchmarks.shop.client import Connection, WrongAnswer, decode
from benchmarks.shop.goods import Goods, Product

LIST, SLUG, SEARCH, ADD, CHECKOUT, SCARCE = "list", "slug", "search", "add-item", "checkout", "scarce"
READS: Final = (LIST, SLUG, SEARCH)
FLOWS: Final = (ADD, CHECKOUT)
CASES: Final = (*READS, *FLOWS, SCARCE)

Facts = object
"""The content of a response, independent of the schema of the shop."""


@dataclass(frozen=True)
class Read:
    """A request, the facts that its response must hold, and how they are read from its data.

    `variables` are those of the floor's statements.
    """

    body: bytes
    expected: Facts
    find_facts: Callable[[dict[str, Any]], Facts]
    variables: Mapping[str, Any] = field(default_factory=dict)

    def check(self, answer: bytes) -> None:
        """Raises WrongAnswer."""
        data = decode(answer)
        try:
            facts = self.find_facts(data)
        except (KeyError, TypeError, ValueError) as error:
            raise WrongAnswer(f"A response lacks {error!r}: {answer[:500]!r}") from error
        if facts != self.expected:
            raise WrongAnswer(f"A response has {facts!r}, expected is {self.expected!r}.")


class Shop(Protocol):
    """A shop that runs and has the goods."""

    @property
    def url(self) -> str: ...

    async def learn(self, connection: Connection) -> None:
        """Find out the ids of the goods; what follows needs them."""
        ...

    def list_reads(self, case: str) -> Sequence[Read]:
        """All requests of a case that reads, each different from the others."""
        ...

    async def add_item(self, connection: Connection, number: int) -> None:
        """Put a variant into the cart of a new session; raises WrongAnswer unless it is in it at its price."""
        ...

    async def check_out(self, connection: Connection, number: int) -> None:
        """Buy a variant as a new customer; raises WrongAnswer unless the order is confirmed and paid."""
        ...

    async def prepare_buyer(self, connection: Connection, sku: str, number: int) -> Callable[[], Awaitable[bool]]:
        """A buyer with the variant in the cart; the result pays, and says whether the order is confirmed and paid."""
        ...


def describe_product(product: Product) -> Facts:
    """The facts of a product with its variants."""
    return (product.slug, product.name, tuple((item.sku, item.price, item.stock) for item in product.variants))


def describe_page(goods: Goods, first: int, size: int) -> Facts:
    """The facts of a page of the list."""
    return tuple(describe_product(product) for product in goods.products[first : first + size])


def describe_hits(goods: Goods, word: str) -> Facts:
    """The facts of the products that match a word, in any order: slug, name, lowest and highest price."""
    return frozenset(
        (
            product.slug,
            product.name,
            min(item.price for item in product.variants),
            max(item.price for item in product.variants),
        )
        for product in goods.find(word)
    )
