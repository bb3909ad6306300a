"""Interface objects that know nothing of the types behind them, and say so wrongly."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Suite, refs

SUITE = Suite(
    rows={
        "User": {
            "u1": {"id": "u1", "name": "u1-name", "username": "u1-username", "age": 11},
            "u2": {"id": "u2", "name": "u2-name", "username": "u2-username", "age": 22},
        },
        "Admin": {
            "u1": {"id": "u1", "name": "Alice", "isMain": False, "isActive": True},
            "u2": {"id": "u2", "name": "Bob", "isMain": True, "isActive": True},
        },
        "Regular": {"u3": {"id": "u3", "name": "Charlie", "isMain": False}},
    },
    subgraphs={
        "a": Fixture(query={"users": refs("User", "u1", "u2")}),
        "b": Fixture(
            query={
                "anotherUsers": refs("User", "u1", "u2"),
                "accounts": [*refs("Admin", "u1", "u2"), *refs("Regular", "u3")],
            },
            says={"Account": "Admin"},
        ),
        "c": Fixture(fields={"Account.isActive": False}),
    },
)
