"""The metadata of the kernel's tables, which every subgraph's database has beside its own."""

from __future__ import annotations

from typing import Final

from entrepot.shared.db.base import new_metadata

KERNEL: Final = new_metadata()
