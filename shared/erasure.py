"""Erasure of one person's personal data: what the subgraph declares, and the values in its audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrepot.shared.audit import SYSTEM, Actor, erase_personal
from entrepot.shared.events import UnitOfWorkFactory
from entrepot.shared.subgraph import AnySubgraph

AUDIT_LOG = "values in the audit log"


async def erase_person(
    subgraph: AnySubgraph,
    transactions: UnitOfWorkFactory[Any],
    user_id: str,
    *,
    actor: Actor = SYSTEM,
    reason: str | None = None,
) -> Mapping[str, int]:
    """Erase what the subgraph knows of the user beyond their id, in one transaction; safe to run twice.

    Returns how many rows were changed, by what was erased. The audit log gets an entry, with `actor` and `reason`.
    """
    erased: dict[str, int] = {}
    async with transactions.begin() as unit:
        for declared in subgraph.erases:
            erased[declared.data] = await declared.erase(unit, user_id)
        erased[AUDIT_LOG] = await erase_personal(unit, user_id, actor, reason)
    return erased
