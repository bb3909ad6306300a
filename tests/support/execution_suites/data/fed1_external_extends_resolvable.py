"""A product entered by a key whose fields are all external, as Federation 1 wrote it."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

SUITE = Suite(
    rows={
        "Product": {"p1": {"id": "p1", "name": "p1-name", "pid": "p1-pid", "upc": "upc1", "price": 12.3}},
    },
    subgraphs={
        "a": Fixture(query={"productInA": Ref("Product", "p1")}),
        "b": Fixture(query={"productInB": Ref("Product", "p1")}),
    },
)
