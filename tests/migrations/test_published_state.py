"""The table of states begins with the newest event of each aggregate that the outbox of an older revision holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sqlalchemy import select

from entrepot.shared.db import Database, migrate
from entrepot.shared.db.migrations import KERNEL_HISTORY
from entrepot.shared.events import KERNEL
from entrepot.shared.events.tables import OUTBOX, PUBLISHED_STATE
from entrepot.subgraphs.registry import load

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PUBLISHED = [
    ("carts.cart.changed", "crt_1", 1),
    ("carts.cart.changed", "crt_1", 2),
    ("carts.cart.changed", "crt_2", 7),
    # No full state: it has no revision, and its envelope is not read.
    ("dead-letters.event.added", "crt_1", None),
]


async def test_is_filled_from_the_outbox(database: Database) -> None:
    subgraph = load("carts")
    metadata = [subgraph.metadata, KERNEL]
    revisions = KERNEL_HISTORY.list_revisions()
    before = revisions[revisions.index("2026_11_30_1330_keep_published_state") - 1]
    await migrate(database, subgraph.migrations, metadata, kernel_revision=before)
    rows = [
        {
            "id": f"evt_{number}",
            "type": type_,
            "subject": subject,
            "envelope": "none" if revision is None else json.dumps({"data": {"revision": revision}}),
            "created_at": NOW,
        }
        for number, (type_, subject, revision) in enumerate(PUBLISHED)
    ]
    async with database.write() as session:
        await session.execute(OUTBOX.insert(), rows)
        await session.commit()
    await migrate(database, subgraph.migrations, metadata)
    async with database.read() as session:
        found = (await session.execute(select(PUBLISHED_STATE).order_by(PUBLISHED_STATE.c.subject))).all()
    assert [(row.type, row.subject, row.revision) for row in found] == [PUBLISHED[1], PUBLISHED[2]]
    assert [row.envelope for row in found] == [rows[1]["envelope"], rows[2]["envelope"]]
    assert {row.updated_at for row in found} == {NOW}
