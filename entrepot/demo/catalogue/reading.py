"""Reads the files of the departments."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from entrepot.demo.catalogue.model import Category, Item, Offer, Supply
from entrepot.shared.money import Money

DEPARTMENTS: Final = ("coffee", "tea", "kitchen", "home", "outdoor", "stationery", "clothing")
_CURRENCY: Final = "EUR"
_PERCENT: Final = 100


@cache
def read_categories() -> tuple[Category, ...]:
    """All categories, each after its parent."""
    return tuple(category for department in _read_departments() for category in _list_categories(department))


@cache
def read_items() -> tuple[Item, ...]:
    """All items, department by department."""
    return tuple(
        _read_item(department["slug"], kind, row)
        for department in _read_departments()
        for group in department["groups"]
        for kind in group["kinds"]
        for row in kind["items"]
    )


@cache
def _read_departments() -> tuple[Mapping[str, Any], ...]:
    folder = Path(__file__).parent
    return tuple(tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8")) for name in DEPARTMENTS)


def _list_categories(department: Mapping[str, Any]) -> Iterator[Category]:
    root = department["slug"]
    yield Category(root, department["name"], None, root, department["motif"])
    for group in department["groups"]:
        yield Category(group["slug"], group["name"], root, root, group["motif"])
        for kind in group["kinds"]:
            yield Category(kind["slug"], kind["name"], group["slug"], root, kind["motif"])


def _read_item(department: str, kind: Mapping[str, Any], row: Mapping[str, Any]) -> Item:
    slug = row.get("slug") or _to_slug(row["name"])
    shared = {"brand": row["brand"], **kind.get("attributes", {}), **row.get("attributes", {})}
    skus = row.get("skus") or [_to_sku(slug, name) for name in row["variants"]]
    offers = (
        _read_offer(sku, name, cents, kind["options"], shared, row.get("reduced", 0))
        for sku, (name, cents) in zip(skus, row["variants"].items(), strict=True)
    )
    return Item(
        slug=slug,
        name=row["name"],
        brand=row["brand"],
        description=row["text"],
        category=kind["slug"],
        department=department,
        motif=row.get("motif", kind["motif"]),
        is_featured=row.get("featured", False),
        supply=Supply(row.get("stock", Supply.AMPLE)),
        offers=tuple(offers),
    )


def _read_offer(
    sku: str, name: str, cents: int, options: Sequence[str], shared: Mapping[str, str], reduced: int
) -> Offer:
    own = dict(zip(options, name.split(" / "), strict=True))
    compare_at = Money(_price_before(cents, reduced), _CURRENCY) if reduced else None
    return Offer(sku, name, {**own, **shared}, Money(cents, _CURRENCY), compare_at)


def _price_before(cents: int, reduced: int) -> int:
    """What it cost before a reduction by so many percent, rounded up to a price that ends in 90."""
    before = -(-cents * _PERCENT // (_PERCENT - reduced))
    return -(-(before + 10) // _PERCENT) * _PERCENT - 10


def _to_slug(text: str) -> str:
    return "-".join(re.findall("[a-z0-9]+", text.lower()))


def _to_sku(slug: str, variant: str) -> str:
    return f"{slug}-{_to_slug(variant)}".upper()
