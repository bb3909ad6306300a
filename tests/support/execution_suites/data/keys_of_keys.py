"""An order that is entered by what one subgraph after the other knows of it, twice by what lies inside."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

SUITE = Suite(
    rows={
        "Order": {
            "o1": {
                "id": "o1",
                "number": Ref("Number", "n1"),
                "code": {"year": 2026, "serial": 7},
                "parcel": Ref("Parcel", "x1"),
                "arrives": "tomorrow",
            },
            "o2": {
                "id": "o2",
                "number": None,
                "code": {"year": 2025, "serial": 7},
                "parcel": Ref("Parcel", "x2"),
                "arrives": "never",
            },
        },
        "Number": {"n1": {"id": "n1"}},
        "Parcel": {"x1": {"id": "x1", "weight": 3}, "x2": {"id": "x2", "weight": 4}},
    },
    subgraphs={"a": Fixture(query={"order": Ref("Order", "o1")})},
)
