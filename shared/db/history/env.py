"""Alembic's entry, one for all histories: the kernel does the rest."""

from __future__ import annotations

from entrepot.shared.db.migrations import run_env

run_env()
