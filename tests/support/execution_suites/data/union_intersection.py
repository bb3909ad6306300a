"""Unions of which two subgraphs know different members."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

_BOOK, _SONG, _MOVIE = Ref("Book", "m1"), Ref("Song", "m2"), Ref("Movie", "m3")

SUITE = Suite(
    rows={
        "Book": {
            "m1": {
                "id": "m1",
                "title": "The Lord of the Rings",
                "aTitle": "A: The Lord of the Rings",
                "bTitle": "B: The Lord of the Rings",
            }
        },
        "Song": {"m2": {"id": "m2", "title": "Song Title", "aTitle": "A: Song Title"}},
        "Movie": {"m3": {"id": "m3", "title": "A Movie Title", "bTitle": "B Movie Title"}},
    },
    subgraphs={
        "a": Fixture(
            query={
                "media": _BOOK,
                "aMedia": _BOOK,
                "book": _BOOK,
                "song": _SONG,
                "viewer": {"media": _BOOK, "aMedia": _BOOK, "book": _BOOK, "song": _SONG},
            }
        ),
        "b": Fixture(
            query={
                "media": _BOOK,
                "bMedia": _MOVIE,
                "book": _BOOK,
                "viewer": {"media": _BOOK, "bMedia": _MOVIE, "book": _BOOK},
            }
        ),
    },
)
