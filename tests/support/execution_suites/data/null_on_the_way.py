"""Books whose key to the last subgraph comes from another, which does not have it for all."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

SUITE = Suite(
    rows={
        "Book": {
            "b1": {"upc": "u1", "id": "b1", "title": "First", "author": {"id": "a1", "name": "Ann"}},
            "b2": {"upc": "u2", "id": None, "title": None, "author": None},
        }
    },
    subgraphs={
        "shelves": Fixture(
            query={
                "shelf": [
                    {"number": 1, "book": Ref("Book", "b1")},
                    {"number": 2, "book": Ref("Book", "b2")},
                    {"number": 3, "book": None},
                    {"number": 4, "book": Ref("Book", "b1")},
                ]
            }
        )
    },
)
