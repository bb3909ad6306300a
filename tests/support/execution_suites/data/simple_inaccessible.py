"""An argument, its default and an enum value that clients may not see."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.execution_suites.model import Fixture, Ref, Suite, refs


def _friends(name: str) -> Callable[..., list[Ref]]:
    return lambda **asked: refs("User", name) if asked["type"] == "FAMILY" else []


SUITE = Suite(
    rows={
        "User": {
            "u1": {"id": "u1", "age": 11, "friends": _friends("u2"), "type": "FAMILY"},
            "u2": {"id": "u2", "age": 22, "friends": _friends("u1"), "type": "FAMILY"},
        }
    },
    subgraphs={
        "age": Fixture(query={"usersInAge": refs("User", "u1", "u2")}),
        "friends": Fixture(query={"usersInFriends": refs("User", "u1", "u2")}),
    },
)
