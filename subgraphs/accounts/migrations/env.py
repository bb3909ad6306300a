"""Alembic's entry: the kernel does the rest."""

from shared.db import run_env

run_env()
