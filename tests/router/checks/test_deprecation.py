"""Removal after a grace period, moves to other types, and cache tags."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from entrepot.router.checks import Criticality, GracePeriod, check_versions
from tests.router.checks.graphs import BASE, SDL, build
from tests.router.checks.graphs import change as build_head

GRACE = GracePeriod(timedelta(days=90), date(2026, 11, 30))
COUNTRY = "  country: String\n"


@pytest.mark.parametrize(
    ("reason", "criticality", "evidence"),
    [
        ("Use origin. Since 2026-08-01.", Criticality.DANGEROUS, "longer than the grace period of 90 days"),
        ("Use origin, since 2026-11-01.", Criticality.BREAKING, "the grace period ends on 2027-01-30"),
        ("Use origin.", Criticality.BREAKING, "has no day"),
        ("Use origin. Since 2026-13-01.", Criticality.BREAKING, "has no day"),
    ],
)
def test_a_removal_counts_from_the_day_of_the_deprecation(reason: str, criticality: Criticality, evidence: str) -> None:
    base = build_head(("catalog", COUNTRY, f'  country: String @deprecated(reason: "{reason}")\n'))
    (removal,) = check_versions(base, build_head(("catalog", COUNTRY, "")), grace=GRACE).changes
    assert removal.criticality is criticality
    assert evidence in str(removal.evidence)


def test_what_was_never_deprecated_has_no_grace_period() -> None:
    (removal,) = check_versions(BASE, build_head(("catalog", COUNTRY, "")), grace=GRACE).changes
    assert (removal.criticality, removal.evidence) == (Criticality.BREAKING, None)


def test_a_move_to_another_type_is_recognised() -> None:
    sdl = SDL["catalog"].replace(COUNTRY, "")
    product = next(line for line in sdl.splitlines() if line.startswith("type Product "))
    head = build("head", SDL | {"catalog": sdl.replace(product, f"{product}\n{COUNTRY.rstrip()}")})
    (removal,) = (each for each in check_versions(BASE, head).changes if each.code == "FIELD_REMOVED")
    assert removal.evidence == ("It looks moved to Product.country: keep both, deprecate the old, and remove it later.")


def test_other_cache_tags_delete_other_entries() -> None:
    sdl = SDL["catalog"].replace('"@requires"]', '"@requires", "@cacheTag"]')
    key = '@key(fields: "id") @key(fields: "sku")'
    versions = [
        build(name, SDL | {"catalog": sdl.replace(key, f'{key} @cacheTag(format: "{tag}-{{$key.id}}")', 1)})
        for name, tag in (("base", "product"), ("head", "goods"))
    ]
    (change,) = check_versions(*versions).changes
    assert (change.code, change.coordinate) == ("CACHE_TAG_CHANGED", "Product")
    assert change.message == "The cache tags of Product change from product-{$key.id} to goods-{$key.id}."
