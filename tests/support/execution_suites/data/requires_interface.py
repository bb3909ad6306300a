"""Requirements on a field of an interface, for all who implement it and for one of them."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

SUITE = Suite(
    rows={
        "User": {
            "u1": {
                "id": "u1",
                "name": "u1-name",
                "address": Ref("HomeAddress", "a1"),
                "city": "a1-city",
                "country": None,
            },
            "u2": {
                "id": "u2",
                "name": "u2-name",
                "address": Ref("WorkAddress", "a2"),
                "city": "a2-city",
                "country": "a2-country",
            },
        },
        "HomeAddress": {"a1": {"id": "a1", "city": "a1-city"}},
        "WorkAddress": {"a2": {"id": "a2", "city": "a2-city"}},
        "SecondAddress": {"a3": {"id": "a3", "city": "a3-city"}},
    },
    subgraphs={"a": Fixture(query={"a": Ref("User", "u1")}), "b": Fixture(query={"b": Ref("User", "u2")})},
)
