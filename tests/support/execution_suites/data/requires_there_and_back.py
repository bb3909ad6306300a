"""Requirements that go from one subgraph to another and back, and through another entity."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite, refs

SUITE = Suite(
    rows={
        "Post": {
            "p1": {"id": "p1", "author": Ref("Author", "a1"), "byExpert": True, "byNovice": False, "praised": False},
            "p2": {"id": "p2", "author": Ref("Author", "a2"), "byExpert": False, "byNovice": True, "praised": True},
        },
        "Author": {"a1": {"id": "a1", "years": 20, "name": "Ann"}, "a2": {"id": "a2", "years": 1, "name": "Bob"}},
    },
    subgraphs={"posts": Fixture(query={"feed": refs("Post", "p1", "p2")})},
)
