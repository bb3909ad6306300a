"""An input object of which clients see only what every subgraph takes."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Suite, refs

SUITE = Suite(
    rows={"User": {"u1": {"id": "u1", "name": "u1-name"}, "u2": {"id": "u2", "name": "u2-name"}}},
    subgraphs={
        "a": Fixture(query={"usersInA": lambda **_: refs("User", "u1", "u2")}),
        "b": Fixture(query={"usersInB": lambda **_: refs("User", "u1", "u2")}),
    },
)
