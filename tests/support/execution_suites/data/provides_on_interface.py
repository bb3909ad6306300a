"""Fields of an interface that come by the path on which it is provided."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

SUITE = Suite(
    rows={
        "Book": {"m1": {"id": "m1", "animals": [Ref("Dog", "a1"), Ref("Cat", "a2")]}},
        "Dog": {"a1": {"id": "a1", "name": "Fido", "age": 8}},
        "Cat": {"a2": {"id": "a2", "name": "Whiskers", "age": 6}},
    },
    subgraphs={
        "a": Fixture(query={"media": Ref("Book", "m1"), "book": Ref("Book", "m1")}),
        "b": Fixture(query={"media": Ref("Book", "m1")}),
    },
)
