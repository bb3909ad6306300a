"""An interface object that requires what the interface's owner knows."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Suite, refs

SUITE = Suite(
    rows={
        "User": {
            "u1": {"id": "u1", "name": "u1-name", "age": 11, "username": "u1-username"},
            "u2": {"id": "u2", "name": "u2-name", "age": 22, "username": "u2-username"},
        }
    },
    subgraphs={
        "a": Fixture(query={"users": refs("User", "u1", "u2")}),
        "b": Fixture(query={"anotherUsers": refs("User", "u1", "u2")}, says={"NodeWithName": "Node"}),
    },
)
