"""A field that one subgraph took from another, asked through the interfaces of both."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Suite, refs

SUITE = Suite(
    rows={
        "ImagePost": {
            "i1": {"id": "i1", "createdAt": "i1-createdAt"},
            "i2": {"id": "i2", "createdAt": "i2-createdAt"},
        },
        "TextPost": {"t1": {"id": "t1", "createdAt": "t1-createdAt", "body": "t1-body"}},
    },
    subgraphs={
        "a": Fixture(query={"feed": refs("ImagePost", "i1", "i2")}),
        "b": Fixture(query={"anotherFeed": refs("ImagePost", "i1", "i2")}),
    },
)
