"""Find products by words, by category and among the featured ones without reading them all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from entrepot.shared.db.trigrams import create_trigram_index

revision = "2026_11_21_1025_find_products"
down_revision = "2026_11_21_0037_create_the_catalog"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_products_featured",
        "products",
        ["id"],
        sqlite_where=sa.text("is_featured IS 1"),
        postgresql_where=sa.text("is_featured IS true"),
    )
    create_trigram_index("products", "search_text")
    create_trigram_index("categories", "path")
