"""Carts learn what changed of the variants in them: each that differs gets a new revision and is announced."""

from __future__ import annotations

from typing import Final

from entrepot.shared.events import UnitOfWorkFactory
from entrepot.subgraphs.carts.dependencies import CartDependencies
from entrepot.subgraphs.carts.repository import BatchRepository
from entrepot.subgraphs.carts.service.unit import announce_repriced

REPRICING: Final = "reprice-carts"
"""The job's name: `job:reprice-carts` wakes it."""
_DUE: Final = 100
"""How many variants one round deals with."""


async def reprice_carts(transactions: UnitOfWorkFactory[CartDependencies]) -> int:
    """One round: a batch of carts of each variant that is due; how many carts and variants were dealt with.

    A batch is one transaction of a few statements. A variant is done with when no active cart is left that was
    announced with an older revision of it. Several workers take different carts.
    """
    batch = transactions.dependencies.settings.batch_size
    async with transactions.database.read() as session:
        due = [(row.variant_id, row.revision) for row in await BatchRepository(session).list_repricings(_DUE)]
    done = 0
    for variant_id, revision in due:
        async with transactions.begin() as unit:
            repository = BatchRepository(unit.session)
            carts = await repository.lock_outdated_carts(variant_id, revision, batch)
            # A price in another currency, or the same price again, changes nothing that a cart shows.
            if carts:
                await announce_repriced(unit, carts)
            is_ended = len(carts) < batch and await repository.end_repricing(variant_id, revision)
        done += len(carts) + is_ended
    return done
