"""Titles of a union's members that come with one path for all, and with another for some."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

_MEDIA = [Ref("Book", "b1"), Ref("Film", "f1")]

SUITE = Suite(
    rows={
        "Book": {"b1": {"id": "b1", "title": "Dune", "pages": 600}},
        "Film": {"f1": {"id": "f1", "title": "Alien", "minutes": 117}},
    },
    subgraphs={"library": Fixture(query={"media": _MEDIA, "borrowed": _MEDIA})},
)
