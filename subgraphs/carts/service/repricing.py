"""Carts learn what changed of the variants in them: each that differs gets a new revision and is announced."""

from __future__ import annotations

from typing import Final

from entrepot.shared.events import UnitOfWorkFactory
from entrepot.subgraphs.carts.config import CartDependencies
from entrepot.subgraphs.carts.repository import CartRepository
from entrepot.subgraphs.carts.service.unit import note_unchanged, publish

REPRICING: Final = "reprice-carts"
"""The job's name: `job:reprice-carts` wakes it."""


async def reprice_carts(transactions: UnitOfWorkFactory[CartDependencies]) -> int:
    """One round: a batch of carts of each variant that is due; how many carts and variants were dealt with.

    It ends with a variant only when no active cart is left that was announced with an older revision of it: a crash,
    or a second worker, at worst announces a cart once more.
    """
    batch = transactions.dependencies.settings.batch_size
    async with transactions.database.read() as session:
        due = [(row.variant_id, row.revision) for row in await CartRepository(session).list_repricings(batch)]
    done = 0
    for variant_id, revision in due:
        async with transactions.database.read() as session:
            cart_ids = await CartRepository(session).list_outdated_cart_ids(variant_id, revision, batch)
        for cart_id in cart_ids:
            await _reprice_cart(transactions, cart_id)
        if len(cart_ids) < batch:
            async with transactions.begin() as unit:
                await CartRepository(unit.session).end_repricing(variant_id, revision)
        done += len(cart_ids) + 1
    return done


async def _reprice_cart(transactions: UnitOfWorkFactory[CartDependencies], cart_id: str) -> None:
    # A unit of its own for each cart: nobody's cart is locked for longer than its own turn takes.
    async with transactions.begin() as unit:
        repository = CartRepository(unit.session)
        cart = await repository.lock_active_cart(cart_id)
        if cart is None:
            return
        content = await repository.lock_content_for_share(cart_id)
        # A price in another currency, or the same price again, changes nothing that the customer agreed to.
        if not note_unchanged(cart, content) and await repository.claim_cart(cart_id, now=unit.now) is not None:
            await publish(unit, cart, content)
