"""A field that moved to another subgraph and is required by a third."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

SUITE = Suite(
    rows={
        "User": {
            "ann": {
                "id": "ann",
                "name": "Ann",
                "nickname": "An",
                "greeting": "Hi An",
                "badge": "[Ann]",
                "card": "Ann: Hi An",
            },
            "bob": {
                "id": "bob",
                "name": "Bob",
                "nickname": "Bo",
                "greeting": "Hi Bo",
                "badge": "[Bob]",
                "card": "Bob: Hi Bo",
            },
        }
    },
    subgraphs={
        "old": Fixture(query={"oldUser": Ref("User", "ann")}),
        "new": Fixture(query={"newUser": Ref("User", "bob")}),
    },
)
