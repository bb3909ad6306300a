"""`entrepot check --watch`: the check again whenever a file that it reads has changed."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from entrepot.router.errors import RouterError
from entrepot.wiring.supergraph import read_inputs

_INTERVAL: Final = 0.5

Stamp = tuple[Path, int, int]


def watch_check(arguments: argparse.Namespace, check: Callable[[argparse.Namespace], int]) -> int:
    """Check, and again after each change of a file, until Ctrl+C; the status of the last check."""
    status = 1
    schemas: list[Path] = []
    seen: frozenset[Stamp] | None = None
    try:
        while True:
            if frozenset(_list_stamps(arguments, schemas)) != seen:
                schemas = _list_schemas(arguments)
                seen = frozenset(_list_stamps(arguments, schemas))
                status = _check_once(arguments, check)
            time.sleep(_INTERVAL)
    except KeyboardInterrupt:
        print(file=sys.stderr)
    return status


def _check_once(arguments: argparse.Namespace, check: Callable[[argparse.Namespace], int]) -> int:
    """A file that cannot be read now may be half written: the message is printed, and the next change is awaited."""
    try:
        return check(arguments)
    except RouterError as error:
        print(f"entrepot check: {error.message}", file=sys.stderr, flush=True)
        return 1


def _list_schemas(arguments: argparse.Namespace) -> list[Path]:
    """The files of the subgraphs' schemas, read once per check; none while the configuration cannot be read."""
    with suppress(RouterError):
        inputs = read_inputs(arguments.config, sdl_timeout=arguments.sdl_timeout)
        return [Path(origin) for origin in inputs.origins.values()]
    return []


def _list_stamps(arguments: argparse.Namespace, schemas: Sequence[Path]) -> Iterator[Stamp]:
    """Path, time and size of each file that the check reads of the working tree."""
    for path in (*schemas, *_list_files(arguments)):
        try:
            status = path.stat()
        except OSError:
            continue
        yield path, status.st_mtime_ns, status.st_size


def _list_files(arguments: argparse.Namespace) -> Iterator[Path]:
    yield arguments.config
    if arguments.approvals is not None:
        yield arguments.approvals
    folders = [Path(path) for path in arguments.operations]
    if arguments.events is not None:
        folders.append(arguments.config.parent / arguments.events)
    for folder in folders:
        yield from folder.rglob("*") if folder.is_dir() else (folder,)
