"""`entrepot sagas`: pause the deadlines of sagas, shift them, and have them count again, after a restore."""

from __future__ import annotations

import argparse
import asyncio
import getpass
from collections.abc import Mapping
from datetime import timedelta

from entrepot.commands.audit import find_urls, name_database, read_names
from entrepot.shared.audit import Actor
from entrepot.shared.db import Database
from entrepot.shared.environment import Environment
from entrepot.shared.errors import SettingsInvalid
from entrepot.shared.events import MemoryFanOut, UnitOfWorkFactory
from entrepot.shared.events.operations.administration import Decision
from entrepot.shared.events.saga.pausing import pause_sagas, resume_sagas, shift_deadlines


def run(arguments: argparse.Namespace) -> int:
    """Do what the first word says in the database of each subgraph."""
    names = read_names(arguments)
    if (arguments.task == "shift-deadlines") != (arguments.by is not None):
        raise SettingsInvalid("Say by how many seconds: `entrepot sagas shift-deadlines --by SECONDS`, and only there.")
    decision = Decision(Actor(f"operator:{getpass.getuser()}"), arguments.reason)
    asyncio.run(_run(arguments, find_urls(arguments, names), decision))
    return 0


async def _run(arguments: argparse.Namespace, urls: Mapping[str, str], decision: Decision) -> None:
    environment = Environment.system()
    for name, url in urls.items():
        database = Database(url, environment.clock, application="entrepot-sagas")
        transactions: UnitOfWorkFactory[None] = UnitOfWorkFactory(
            name, database, environment, None, MemoryFanOut(), lambda: None
        )
        try:
            with name_database(database):
                print(f"{name}: {await _do(arguments, transactions, decision)}")
        finally:
            await database.dispose()


async def _do(arguments: argparse.Namespace, transactions: UnitOfWorkFactory[None], decision: Decision) -> str:
    async with transactions.begin() as unit:
        if arguments.task == "pause":
            await pause_sagas(unit, decision)
            return "deadlines of sagas do not count until `entrepot sagas resume`."
        if arguments.task == "resume":
            return "deadlines count again." if await resume_sagas(unit, decision) else "sagas were not paused."
        shifted = await shift_deadlines(unit, decision, timedelta(seconds=arguments.by))
        return f"{shifted} deadlines are {arguments.by:g} s later."
