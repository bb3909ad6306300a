"""The operation and the data of the workload, made from a seed in the shape of the public benchmark of gateways."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

_FRAGMENTS = {
    "User": ("id", "username", "name"),
    "Review": ("id", "body"),
    "Product": ("inStock", "name", "price", "shippingEstimate", "upc", "weight"),
}
_REVIEWED_BY = ("author User", "reviews Review", "product Product")
_PATHS = (
    ("users User", "reviews Review", "product Product", "reviews Review", *_REVIEWED_BY),
    ("topProducts Product", "reviews Review", *_REVIEWED_BY),
)
"""Each level is a field and the fragment on its type; the next level stands below it."""
_BODY_LENGTHS = (445, 289, 275, 143, 844)
"""The public texts have these lengths, and several reviews share a text: that is most of the bytes of an answer."""
_REVIEWS = {"1": (0, 1, 2, 3), "2": (0, 1, 2, 3), "3": (3,), "4": (3, 4)}
"""The texts of the reviews of each product; the other products have none."""
_PRODUCTS = 9
_NAME_LETTERS = (2, 6)
_PRICE_DIGITS = (2, 6)
_WEIGHT_DIGITS = (2, 4)
_WORD_LETTERS = (2, 11)
_CONSONANTS, _VOWELS = "bcdfghjklmnpqrstvz", "aeiou"


def write_workload(folder: Path, seed: int) -> None:
    """Write query.graphql, products.json and reviews.json to `folder`; the same seed writes the same bytes."""
    random = Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "query.graphql").write_text(build_operation())
    (folder / "products.json").write_text(json.dumps(_build_products(random)))
    (folder / "reviews.json").write_text(json.dumps(_build_reviews(random)))


def build_operation() -> str:
    """Users seven levels deep and products five, by way of reviews: at least six fetches from four subgraphs."""
    fragments = [_write_fragment(type_name, fields) for type_name, fields in _FRAGMENTS.items()]
    levels = [line for path in _PATHS for line in _write_levels(path, depth=1)]
    return "\n\n".join((*fragments, "\n".join(("query Workload {", *levels, "}\n"))))


def _write_fragment(type_name: str, fields: Sequence[str]) -> str:
    return "\n".join((f"fragment {type_name} on {type_name} {{", *(f"    {field}" for field in fields), "}"))


def _write_levels(path: Sequence[str], depth: int) -> Iterator[str]:
    if path:
        field, fragment = path[0].split()
        indent = "    " * depth
        yield f"{indent}{field} {{"
        yield f"{indent}    ...{fragment}"
        yield from _write_levels(path[1:], depth + 1)
        yield f"{indent}}}"


def _build_products(random: Random) -> list[dict[str, Any]]:
    return [
        {
            "upc": str(number),
            "name": _make_letters(random, random.randint(*_NAME_LETTERS)).capitalize(),
            "price": _make_number(random, *_PRICE_DIGITS),
            "weight": _make_number(random, *_WEIGHT_DIGITS),
        }
        for number in range(1, _PRODUCTS + 1)
    ]


def _build_reviews(random: Random) -> list[dict[str, str]]:
    bodies = [_make_text(random, length) for length in _BODY_LENGTHS]
    listed = [(upc, bodies[index]) for upc, indexes in _REVIEWS.items() for index in indexes]
    return [{"id": str(number), "body": body, "upc": upc} for number, (upc, body) in enumerate(listed, 1)]


def _make_text(random: Random, length: int) -> str:
    """A sentence of exactly that many characters: words, then a full stop."""
    words = ""
    while len(words) < length:
        words += f"{_make_letters(random, random.randint(*_WORD_LETTERS))} "
    return f"{words[: length - 1].rstrip():x<{length - 1}}.".capitalize()


def _make_letters(random: Random, count: int) -> str:
    return "".join(random.choice(_VOWELS if position % 2 else _CONSONANTS) for position in range(count))


def _make_number(random: Random, fewest_digits: int, most_digits: int) -> int:
    """Each number of digits is equally likely."""
    digits = random.randint(fewest_digits, most_digits)
    return random.randrange(10 ** (digits - 1), 10**digits)
