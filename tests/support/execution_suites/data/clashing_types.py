"""Members of a union whose fields are alike by name and not by type."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

SUITE = Suite(
    rows={
        "Person": {"1": {"id": "1", "name": "Ann", "worth": 10}},
        "Company": {"2": {"id": "2", "name": "Docks", "worth": 7, "shares": [5, 6]}},
    },
    subgraphs={"people": Fixture(query={"found": [Ref("Person", "1"), Ref("Company", "2")]})},
)
