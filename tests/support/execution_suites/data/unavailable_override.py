"""A field taken from a subgraph that is not there, so that nobody lost it."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Suite, refs

SUITE = Suite(
    rows={
        "Post": {"p1": {"id": "p1", "createdAt": "p1-createdAt"}, "p2": {"id": "p2", "createdAt": "p2-createdAt"}},
    },
    subgraphs={
        "a": Fixture(query={"feed": refs("Post", "p1", "p2"), "aFeed": refs("Post", "p2")}),
        "b": Fixture(query={"feed": refs("Post", "p1", "p2"), "bFeed": refs("Post", "p1")}),
    },
)
