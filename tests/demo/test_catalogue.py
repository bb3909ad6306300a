"""The catalogue of the demonstration shop: what its files must hold so that the shop looks like one."""

from __future__ import annotations

from collections import Counter

from entrepot.demo.catalogue import read_categories, read_items
from entrepot.demo.catalogue.model import Supply
from entrepot.demo.orders import Ending, plan_orders
from entrepot.demo.stocking import MAIN, PLACES, plan_stock
from entrepot.subgraphs.catalog import seeds

ITEMS = read_items()
CATEGORIES = {category.slug: category for category in read_categories()}


def test_slugs_and_skus_are_unique() -> None:
    for names in (
        [item.slug for item in ITEMS],
        [offer.sku for item in ITEMS for offer in item.offers],
        [category.slug for category in read_categories()],
    ):
        assert [name for name, count in Counter(names).items() if count > 1] == []


def test_products_are_in_the_leaves_of_a_tree_of_three_levels() -> None:
    leaves = Counter(item.category for item in ITEMS)
    assert all(4 <= count <= 10 for count in leaves.values())
    for slug in leaves:
        kind = CATEGORIES[slug]
        group = CATEGORIES[kind.parent or ""]
        department = CATEGORIES[group.parent or ""]
        assert department.parent is None
        assert kind.department == department.slug
    parents = {category.parent for category in CATEGORIES.values()}
    assert set(CATEGORIES) - parents == set(leaves)


def test_every_product_says_what_it_is() -> None:
    assert 180 <= len(ITEMS) <= 230
    for item in ITEMS:
        assert 1 <= len(item.offers) <= 4
        assert item.description.endswith((".", "!"))
        for offer in item.offers:
            assert offer.price.minor_units > 0
            assert offer.attributes["brand"] == item.brand
            assert len(offer.attributes) >= 2


def test_some_are_reduced_featured_low_or_sold_out() -> None:
    reduced = [item for item in ITEMS if any(offer.compare_at for offer in item.offers)]
    assert 0.15 <= len(reduced) / len(ITEMS) <= 0.25
    assert all(
        offer.compare_at.minor_units > offer.price.minor_units
        for item in reduced
        for offer in item.offers
        if offer.compare_at
    )
    assert 10 <= sum(item.is_featured for item in ITEMS) <= 15
    assert Counter(item.supply for item in ITEMS) >= Counter({Supply.LOW: 5, Supply.NONE: 3})


def test_the_five_products_of_the_small_seed_are_the_same_ones() -> None:
    known = {item.slug: item for item in ITEMS}
    for small in seeds._ITEMS:
        item = known[small.slug]
        assert (item.name, item.description, item.is_featured) == (small.name, small.description, small.is_featured)
        assert [(offer.sku, offer.name, offer.price.minor_units) for offer in item.offers] == list(small.variants)
    assert {slug for slug, _, _ in seeds._CATEGORIES} <= set(CATEGORIES)


def test_stock_is_uneven_over_three_locations() -> None:
    plan = plan_stock(ITEMS)
    assert len(PLACES) == 3
    held = Counter(code for levels in plan.values() for code in levels)
    assert held[MAIN.code] > held["north-depot"] > held["quay-shop"] > 50
    sold_out = [sku for sku, levels in plan.items() if not levels]
    assert 10 <= len(sold_out) <= 40
    assert all(sum(levels.values()) < 5 for levels in (plan["SIDAMO-STRAIGHT-250-G"], plan["DRAGON-WELL-50-G"]))
    assert all(plan[sku][MAIN.code] >= 25 for small in seeds._ITEMS for sku, _, _ in small.variants)


def test_every_ending_happens_to_an_order_of_one_of_six_customers_or_more() -> None:
    orders = list(plan_orders())
    assert {order.ending for order in orders} == set(Ending)
    assert len({order.customer.id for order in orders}) >= 6
    assert [order.days_ago for order in orders] == sorted((order.days_ago for order in orders), reverse=True)
    assert orders == list(plan_orders())
