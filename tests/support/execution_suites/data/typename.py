"""Names of types: of unions, of interfaces, under aliases, and behind an interface object."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite, refs

SUITE = Suite(
    rows={
        "Oven": {"1": {"id": "1"}},
        "Toaster": {"2": {"id": "2"}},
        "Admin": {
            "u1": {"id": "u1", "name": "u1-name", "isMain": True},
            "u2": {"id": "u2", "name": "u2-name", "isMain": False},
        },
    },
    subgraphs={
        "a": Fixture(query={"union": Ref("Oven", "1"), "interface": Ref("Toaster", "2")}),
        "b": Fixture(query={"users": refs("Admin", "u1", "u2")}),
    },
)
