"""Databases as they were when each subgraph's own history created and changed the kernel's tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from entrepot.shared.db.kernel_revisions import (
    add_audit_log,
    add_queue_administration,
    create_kernel_tables,
    index_undelivered_events,
)
from entrepot.subgraphs.registry import load

_ADMINISTER: Final = "2026_11_21_0430_administer_events"
_INDEX: Final = "2026_11_21_1020_index_undelivered_events"
_NAME: Final = "2026_11_30_0150_name_handlers"
_AUDIT: Final = "2026_11_30_0430_add_audit_log"

FORMER: Final = {
    "accounts": ("2026_11_21_0055_create_accounts", _ADMINISTER, _INDEX, _AUDIT),
    "carts": (
        "2026_11_21_0055_create_carts",
        _ADMINISTER,
        _INDEX,
        "2026_11_30_0040_keep_claims_and_quotes",
        _NAME,
        _AUDIT,
    ),
    "catalog": (
        "2026_11_21_0037_create_the_catalog",
        _ADMINISTER,
        _INDEX,
        "2026_11_21_1025_find_products",
        "2026_11_30_0031_add_images",
        _AUDIT,
    ),
    "inventory": ("2026_11_21_0052_create_inventory", _ADMINISTER, _INDEX, _NAME, _AUDIT),
    "orders": ("2026_11_21_0047_create_orders", _ADMINISTER, _INDEX, _NAME, _AUDIT),
    "payments": (
        "2026_11_21_0103_create_payments",
        _ADMINISTER,
        "2026_11_21_0727_keep_the_trace",
        _INDEX,
        _NAME,
        _AUDIT,
    ),
}
"""Subgraph -> its revisions of then, the oldest first."""

_KERNEL: Final[dict[str, Callable[[], None]]] = {
    _ADMINISTER: add_queue_administration,
    _INDEX: index_undelivered_events,
    _AUDIT: add_audit_log,
}
"""What the revisions that are gone called."""


def make_former_database(connection: Connection, name: str, number: int) -> None:
    """Bring the empty database to the subgraph's former revision of that number, as its migrations of then did."""
    migrations = load(name).migrations
    scripts = ScriptDirectory(str(migrations), version_locations=[str(migrations / "versions")])
    with Operations.context(MigrationContext.configure(connection)):
        create_kernel_tables()
        for revision in FORMER[name][: number + 1]:
            upgrade = _KERNEL[revision] if revision in _KERNEL else scripts.get_revision(revision).module.upgrade
            upgrade()
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(255) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": FORMER[name][number]})
