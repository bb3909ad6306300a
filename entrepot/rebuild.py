"""`entrepot rebuild`: a read model of the embedded shop made anew from the events that fed it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final

from shared.errors import NotFound

_WIDTH: Final = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="SUBGRAPH.MODEL", help="which read model, such as orders.carts")
    parser.add_argument(
        "--data", type=Path, default=Path("data"), metavar="DIR", help="where the shop's data is (default: ./data)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Rebuild one read model of a shop that is not running."""
    if not arguments.data.is_dir():
        raise NotFound("data folder", str(arguments.data))
    events = asyncio.run(rebuild_embedded(arguments.data, arguments.name))
    print(f"{arguments.name} is made anew of {events} events.")
    return 0


async def rebuild_embedded(folder: Path, name: str) -> int:
    """How many events the read model `subgraph.model` took.

    Raises NotFound for a name that there is not, and FolderInUse while the shop is running.
    """
    from entrepot.embedded import EmbeddedShop
    from entrepot.folder_lock import FolderLock
    from shared.events.read_models import rebuild
    from subgraphs.registry import SUBGRAPHS, load

    models = {f"{owner}.{model.name}": (owner, model) for owner in SUBGRAPHS for model in load(owner).read_models}
    if name not in models:
        raise NotFound("read model", f"{name} (there are: {', '.join(sorted(models))})")
    lock = FolderLock(folder)
    lock.acquire()
    shop = EmbeddedShop(folder)
    try:
        owner, model = models[name]
        process = shop.processes[owner]
        for each in shop.processes.values():
            await each.migrate()
        logs = {each: shop.processes[each].database for each in SUBGRAPHS}
        return await rebuild(model, process.subgraph.handlers, process.transactions, logs, print_progress)
    finally:
        for each in shop.processes.values():
            await each.stop()
        lock.release()


def print_progress(done: int, total: int) -> None:
    """A bar on a terminal's last line; nothing where there is no terminal."""
    if not sys.stderr.isatty():
        return
    share = done / total if total else 1.0
    bar = "#" * int(share * _WIDTH)
    end = "\n" if done >= total else ""
    print(f"\r[{bar:<{_WIDTH}}] {share:4.0%} {done}/{total} events", end=end, file=sys.stderr, flush=True)
