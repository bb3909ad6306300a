"""Requirements told apart by type, one of the types hidden from clients."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

SUITE = Suite(
    rows={
        "Entity": {
            "e1": {
                "id": "e1",
                "data": {"__typename": "Baz", "foo": "b1-foo", "bar": "b1-bar", "baz": "b1-baz"},
                "requirer": "b1-foo_requirer",
                "requirer2": "b1-foo_requirer2",
            },
            "e2": {
                "id": "e2",
                "data": {"__typename": "Qux", "foo": "q1-foo", "bar": "q1-bar", "qux": "q1-qux"},
                "requirer": "q1-foo_requirer",
                "requirer2": "q1-foo_requirer2",
            },
        }
    },
    subgraphs={
        "a": Fixture(query={"a": Ref("Entity", "e2")}),
        "b": Fixture(query={"b": Ref("Entity", "e1"), "bb": Ref("Entity", "e2")}),
    },
)
