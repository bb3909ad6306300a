"""A user whom one subgraph extends by @extends in Federation 2, with a name it knows on one path only."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

SUITE = Suite(
    rows={
        "User": {
            "u1": {"id": "u1", "name": "u1-name", "nickname": "u1-nickname", "rid": "u1-rid"},
            "u2": {"id": "u2", "name": "u2-name", "nickname": "u2-nickname", "rid": "u2-rid"},
        }
    },
    subgraphs={
        "a": Fixture(query={"randomUser": Ref("User", "u1"), "providedRandomUser": Ref("User", "u1")}),
        "b": Fixture(query={"userById": lambda **asked: Ref("User", asked["id"])}),
    },
)
