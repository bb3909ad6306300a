"""Alembic's entry: the kernel does the rest."""

from entrepot.shared.db import run_env

run_env()
