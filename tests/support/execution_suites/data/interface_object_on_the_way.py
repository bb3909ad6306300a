"""Two interface objects, one of which requires what the other and the interface's owner know."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

SUITE = Suite(
    rows={
        "Lamp": {"l1": {"id": "l1", "name": "Lamp", "watts": 60, "barcode": "4711", "label": "Lamp/4711"}},
        "Chair": {"c1": {"id": "c1", "name": "Chair", "legs": 4, "barcode": "4712", "label": "Chair/4712"}},
    },
    subgraphs={
        "things": Fixture(query={"thing": Ref("Chair", "c1")}),
        "stock": Fixture(query={"stocked": [Ref("Lamp", "l1"), Ref("Chair", "c1")]}, says={"Thing": "Chair"}),
        "labels": Fixture(says={"Thing": "Object"}),
    },
)
