"""Interface objects that nobody can enter, and an interface without a type that implements it."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

SUITE = Suite(
    rows={
        "Bread": {"p1": {"id": "p1", "name": "p1-name"}},
        "Node": {"n1": {"id": "n1", "field": "foo"}},
    },
    subgraphs={
        # Nothing in this subgraph is a Node.
        "a": Fixture(query={"a": Ref("Node", "n1"), "product": Ref("Bread", "p1")}),
        "b": Fixture(query={"b": Ref("Node", "n1")}),
    },
)
