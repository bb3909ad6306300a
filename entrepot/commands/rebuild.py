"""`entrepot rebuild`: a read model rebuilt from a snapshot that its publisher sends, while the shop goes on."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

from entrepot.shared.errors import InternalError, SettingsInvalid

if TYPE_CHECKING:
    from entrepot.shared.db import Database
    from entrepot.shared.environment import Environment
    from entrepot.shared.events.operations.read_models import ReadModel

_WIDTH: Final = 40
_POLL: Final = 0.25
_HINT_AFTER: Final = 30.0


class RebuildFailed(InternalError):
    """A rebuild was given up; the read model is as it was."""

    code = "REBUILD_FAILED"


class ReadModelUnknown(InternalError):
    """There is no read model of that name; the message lists those that there are."""

    code = "READ_MODEL_UNKNOWN"


def run(arguments: argparse.Namespace) -> int:
    """Have the workers of a subgraph rebuild one read model, and wait until it serves."""
    # Before the folder: a name that is wrong is wrong everywhere.
    find_model(arguments.name)
    if arguments.distributed or arguments.database_url:
        given = {"ENTREPOT_DATABASE_URL": arguments.database_url} if arguments.database_url else {}
        work = rebuild_on_server(arguments.name, {**os.environ, **given}, restart=arguments.restart)
    elif arguments.data.is_dir():
        work = rebuild_embedded(arguments.data, arguments.name, restart=arguments.restart)
    else:
        raise SettingsInvalid(
            f"There is no folder {arguments.data}. Name the folder of the shop's data with --data, or the PostgreSQL "
            "server with --database-url or --distributed."
        )
    try:
        states = asyncio.run(work)
    except KeyboardInterrupt:
        print(f"\n{arguments.name}: the workers go on. The same command follows them again.", file=sys.stderr)
        return 130
    print(f"{arguments.name} is rebuilt from {states} states.")
    return 0


async def rebuild_embedded(folder: Path, name: str, *, restart: bool = False) -> int:
    """How many states the read model `subgraph.model` was rebuilt from.

    A shop that runs on the folder does the work; otherwise its workers run here for the time. Raises ReadModelUnknown,
    RebuildFailed.
    """
    from entrepot.shared.db import Database
    from entrepot.shared.environment import Environment
    from entrepot.wiring.folder_lock import FolderInUse, FolderLock

    owner, model = find_model(name)
    environment, lock = Environment.system(), FolderLock(folder)
    database = Database(f"sqlite:///{folder / owner}.db", environment.clock)
    try:
        try:
            lock.acquire()
        except FolderInUse:
            return await _rebuild(database, environment, owner, model.name, restart=restart)
        try:
            async with _work_on(folder):
                return await _rebuild(database, environment, owner, model.name, restart=restart)
        finally:
            lock.release()
    finally:
        await database.dispose()


async def rebuild_on_server(name: str, environ: Mapping[str, str], *, restart: bool = False) -> int:
    """The same in the subgraph's database that the environment names; needs no other, nor the bus.

    Raises ReadModelUnknown, RebuildFailed, SettingsInvalid.
    """
    from entrepot.shared.db import Database
    from entrepot.shared.environment import Environment
    from entrepot.wiring.databases import named
    from entrepot.wiring.distributed_settings import read_distributed

    owner, model = find_model(name)
    settings, environment = read_distributed(environ, [owner]), Environment.system()
    database = Database(settings.urls[owner], environment.clock, settings.connections, application="entrepot-rebuild")
    try:
        with named(database.url):
            return await _rebuild(database, environment, owner, model.name, restart=restart)
    finally:
        await database.dispose()


def find_model(name: str) -> tuple[str, ReadModel]:
    """The subgraph and its read model; raises ReadModelUnknown."""
    from entrepot.subgraphs.registry import SUBGRAPHS, load

    models = {f"{owner}.{model.name}": (owner, model) for owner in SUBGRAPHS for model in load(owner).read_models}
    if name not in models:
        nearest = get_close_matches(name, models, n=1)
        hint = f", did you mean {nearest[0]}?" if nearest else "."
        raise ReadModelUnknown(f"There is no read model {name}{hint} There are: {', '.join(sorted(models))}.")
    return models[name]


@asynccontextmanager
async def _work_on(folder: Path) -> AsyncIterator[None]:
    """The workers of all subgraphs, on a folder that nobody else works on."""
    from entrepot.wiring.embedded import EmbeddedShop

    shop = EmbeddedShop(folder)
    processes = shop.processes.values()
    try:
        for process in processes:
            await process.migrate()
            await process.release_stale_leases()
        for process in processes:
            await process.subscribe()
        for process in processes:
            await process.start()
        yield
    finally:
        for process in processes:
            await process.stop()


async def _rebuild(database: Database, environment: Environment, owner: str, model: str, *, restart: bool) -> int:
    from entrepot.shared.events.snapshots.rebuilding import RebuildStatus, read_rebuild, request_rebuild

    clock = environment.clock
    async with database.write() as session:
        await request_rebuild(session, model, environment.ids.new("snp"), clock.now(), restart=restart)
        await session.commit()
    begun, is_hint_due = clock.monotonic(), True
    while True:
        async with database.read() as session:
            rebuild = await read_rebuild(session, model)
        assert rebuild is not None, "it was requested above"
        status = RebuildStatus(rebuild.status)
        if status is RebuildStatus.FAILED:
            raise RebuildFailed(f"{owner}.{model} was not rebuilt, it is as it was: {rebuild.reason}.")
        if rebuild.total is not None:
            print_progress(rebuild.received, max(rebuild.total, rebuild.received), "states")
        if status is RebuildStatus.COMPLETED:
            return int(rebuild.received)
        if is_hint_due and status is RebuildStatus.REQUESTED and clock.monotonic() - begun > _HINT_AFTER:
            is_hint_due = False
            print(f"No worker of {owner} has begun yet. Does one run? `entrepot worker {owner}`", file=sys.stderr)
        await clock.sleep(_POLL)


def print_progress(done: int, total: int, what: str = "events") -> None:
    """A bar on a terminal's last line; nothing where there is no terminal."""
    if not sys.stderr.isatty():
        return
    share = done / total if total else 1.0
    bar = "#" * int(share * _WIDTH)
    end = "\n" if done >= total else ""
    print(f"\r[{bar:<{_WIDTH}}] {share:4.0%} {done}/{total} {what}", end=end, file=sys.stderr, flush=True)
