"""`entrepot erase-person`: erase the personal data of one user from the databases of all subgraphs."""

from __future__ import annotations

import argparse
import asyncio
import os

from entrepot.shared.audit import Actor
from entrepot.shared.erasure import erase_person
from entrepot.shared.errors import InvalidInput
from entrepot.subgraphs.registry import SUBGRAPHS
from entrepot.wiring.distributed import DistributedShop

_PREFIX = "usr_"


def run(arguments: argparse.Namespace) -> int:
    """Erase, and print what was erased."""
    if not arguments.user.startswith(_PREFIX):
        raise InvalidInput(f"{arguments.user!r} is not the id of a user: ids of users begin with {_PREFIX}.")
    asyncio.run(_erase(arguments.user, Actor(arguments.actor), arguments.reason))
    return 0


async def _erase(user_id: str, actor: Actor, reason: str) -> None:
    shop = DistributedShop(SUBGRAPHS, os.environ)
    try:
        for name, process in shop.processes.items():
            erased = await erase_person(process.subgraph, process.transactions, user_id, actor=actor, reason=reason)
            for data, rows in erased.items():
                print(f"{name}: {data}: {rows}")
    finally:
        await shop.close()
