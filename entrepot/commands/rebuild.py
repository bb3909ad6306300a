"""`entrepot rebuild`: a read model rebuilt from the events that fed it, embedded or distributed."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

from entrepot.shared.errors import InternalError, SettingsInvalid

if TYPE_CHECKING:
    from entrepot.shared.events.operations.read_models import ReadModel
    from entrepot.wiring.distributed_settings import KafkaSection

_WIDTH: Final = 40
_EMPTY: Final = frozenset({"Empty", "Dead"})
"""States of a consumer group without members."""


class StillWorking(InternalError):
    """Workers take events of the subgraph whose read model is to be rebuilt."""

    code = "STILL_WORKING"


class ReadModelUnknown(InternalError):
    """There is no read model of that name; the message lists those that there are."""

    code = "READ_MODEL_UNKNOWN"


def run(arguments: argparse.Namespace) -> int:
    """Rebuild one read model that nobody works on."""
    # Before the folder: a name that is wrong is wrong everywhere.
    find_model(arguments.name)
    if arguments.distributed:
        events = asyncio.run(rebuild_distributed(arguments.name, os.environ))
    elif arguments.data.is_dir():
        events = asyncio.run(rebuild_embedded(arguments.data, arguments.name))
    else:
        raise SettingsInvalid(f"There is no folder {arguments.data}. Name the folder of the shop's data with --data.")
    print(f"{arguments.name} is rebuilt from {events} events.")
    return 0


async def rebuild_embedded(folder: Path, name: str) -> int:
    """How many events the read model `subgraph.model` took.

    Raises ReadModelUnknown for a name that there is not, and FolderInUse while the shop is running.
    """
    from entrepot.shared.events.operations.read_models import rebuild
    from entrepot.wiring.embedded import EmbeddedShop
    from entrepot.wiring.folder_lock import FolderLock

    owner, model = find_model(name)
    lock = FolderLock(folder)
    lock.acquire()
    shop = EmbeddedShop(folder)
    try:
        process = shop.processes[owner]
        for each in shop.processes.values():
            await each.migrate()
        logs = {each: process.database for each, process in shop.processes.items()}
        return await rebuild(model, process.subgraph.handlers, process.transactions, logs, print_progress)
    finally:
        for each in shop.processes.values():
            await each.stop()
        lock.release()


async def rebuild_distributed(name: str, environ: Mapping[str, str]) -> int:
    """The same in the databases that the environment names.

    Raises ReadModelUnknown, SettingsInvalid, and StillWorking while a worker of the subgraph runs.
    """
    from entrepot.shared.events.operations.read_models import rebuild
    from entrepot.subgraphs.registry import load
    from entrepot.wiring.distributed import DistributedShop

    owner, model = find_model(name)
    heard = {contract.TYPE.partition(".")[0] for contract in model.select_handlers(load(owner).handlers)}
    shop = DistributedShop(sorted({owner, *heard}), environ)
    try:
        await _refuse_while_worked(owner, shop.settings.kafka)
        process = shop.processes[owner]
        logs = {each: process.database for each, process in shop.processes.items()}
        return await rebuild(model, process.subgraph.handlers, process.transactions, logs, print_progress)
    finally:
        await shop.close()


def find_model(name: str) -> tuple[str, ReadModel]:
    """The subgraph and its read model; raises ReadModelUnknown."""
    from entrepot.subgraphs.registry import SUBGRAPHS, load

    models = {f"{owner}.{model.name}": (owner, model) for owner in SUBGRAPHS for model in load(owner).read_models}
    if name not in models:
        nearest = get_close_matches(name, models, n=1)
        hint = f", did you mean {nearest[0]}?" if nearest else "."
        raise ReadModelUnknown(f"There is no read model {name}{hint} There are: {', '.join(sorted(models))}.")
    return models[name]


async def _refuse_while_worked(owner: str, kafka: KafkaSection) -> None:
    from aiokafka.admin import AIOKafkaAdminClient
    from aiokafka.errors import KafkaError

    from entrepot.wiring.distributed import BusUnavailable

    admin = AIOKafkaAdminClient(bootstrap_servers=list(kafka.brokers), **kafka.build_security().build_options())
    try:
        await admin.start()
        (answer,) = await admin.describe_consumer_groups([f"{kafka.prefix}.{owner}"])
    except KafkaError as error:
        raise BusUnavailable(f"Kafka does not answer at {', '.join(kafka.brokers)}.") from error
    finally:
        await admin.close()
    ((_, _, state, *_),) = answer.groups
    if state not in _EMPTY:
        raise StillWorking(f"Workers of {owner} take events. Stop them, and start them again when this is done.")


def print_progress(done: int, total: int, what: str = "events") -> None:
    """A bar on a terminal's last line; nothing where there is no terminal."""
    if not sys.stderr.isatty():
        return
    share = done / total if total else 1.0
    bar = "#" * int(share * _WIDTH)
    end = "\n" if done >= total else ""
    print(f"\r[{bar:<{_WIDTH}}] {share:4.0%} {done}/{total} {what}", end=end, file=sys.stderr, flush=True)
