"""Categories of products, two levels of which come with the list of products."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Suite, refs

SUITE = Suite(
    rows={
        "Product": {
            "p1": {"id": "p1", "categories": refs("Category", "c1", "c2")},
            "p2": {"id": "p2", "categories": refs("Category", "c3", "c2")},
        },
        "Category": {
            "c1": {"id": "c1", "name": "Category 1", "subCategories": refs("Category", "c2")},
            "c2": {"id": "c2", "name": "Category 2", "subCategories": refs("Category", "c3")},
            "c3": {"id": "c3", "name": "Category 3", "subCategories": refs("Category", "c1")},
        },
    },
    subgraphs={
        "category": Fixture(
            query={"products": refs("Product", "p1", "p2")}, only_provided=frozenset({"Category.name"})
        ),
    },
)
