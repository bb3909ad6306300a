"""`entrepot audit`: verify the chains of the audit logs, print their heads, and sign them with a new key."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import inspect

from entrepot.commands.rebuild import print_progress
from entrepot.shared.audit import AuditChainBroken, read_audit_key
from entrepot.shared.audit.chain import read_head
from entrepot.shared.audit.chaining import sign_chain
from entrepot.shared.audit.tables import AUDIT_LOG
from entrepot.shared.audit.verification import Finding, OutsideHead, Progress, verify
from entrepot.shared.db import Database
from entrepot.shared.environment import Environment
from entrepot.shared.errors import SettingsInvalid
from entrepot.subgraphs.registry import SUBGRAPHS
from entrepot.wiring.databases import named
from entrepot.wiring.distributed_settings import read_distributed

_FOUND: Final = 1


@dataclass(frozen=True, slots=True)
class _Log:
    """The audit log of one subgraph and how it is looked at."""

    name: str
    database: Database
    key: bytes | None
    outside: OutsideHead | None = None


def run(arguments: argparse.Namespace) -> int:
    """Do what the first word says for each subgraph; 1 when a verification has findings."""
    names = read_names(arguments)
    if arguments.head is not None and arguments.task != "verify":
        raise SettingsInvalid("--head is an option of `entrepot audit verify`.")
    key = read_audit_key(os.environ)
    outside = {} if arguments.head is None else read_heads(arguments.head, names)
    urls = find_urls(arguments, names)
    clock = Environment.system().clock
    logs = [
        _Log(name, Database(url, clock, application="entrepot-audit"), key, outside.get(name))
        for name, url in urls.items()
    ]
    return asyncio.run(_run(arguments.task, logs))


def read_names(arguments: argparse.Namespace) -> tuple[str, ...]:
    """The subgraphs that the command names, by default all; raises SettingsInvalid."""
    names = tuple(dict.fromkeys(arguments.names)) or SUBGRAPHS
    unknown = [name for name in names if name not in SUBGRAPHS]
    if unknown:
        raise SettingsInvalid(f"There is no subgraph {unknown[0]!r}; there are {', '.join(SUBGRAPHS)}.")
    return names


def read_heads(path: Path, names: Sequence[str]) -> dict[str, OutsideHead]:
    """The heads in a file that `entrepot audit head` wrote; raises SettingsInvalid."""
    try:
        heads = msgspec.json.decode(path.read_bytes(), type=dict[str, OutsideHead | None])
    except msgspec.DecodeError as error:
        raise SettingsInvalid(f"{path} is no output of `entrepot audit head`: {error}.") from error
    missing = [name for name in names if name not in heads]
    if missing:
        raise SettingsInvalid(
            f"{path} has no head of {missing[0]}. Name the subgraphs that it has: {', '.join(heads)}."
        )
    return {name: head for name, head in heads.items() if head is not None}


async def _run(task: str, logs: Sequence[_Log]) -> int:
    tasks = {"verify": _verify_all, "head": _print_heads, "sign": _sign_all}
    try:
        return await tasks[task](logs)
    finally:
        for log in logs:
            await log.database.dispose()


async def _verify_all(logs: Sequence[_Log]) -> int:
    count = 0
    for log in logs:
        count += await _verify(log)
    if count:
        print(f"{count} findings. docs/security.md says what each means.")
    return _FOUND if count else 0


async def _verify(log: _Log, *, checks_signature: bool = True) -> int:
    """Print the findings as they come; how many there are."""
    count, progress = 0, Progress()

    def tell(progress: Progress) -> None:
        print_progress(progress.links, progress.total, f"entries of {log.name}")

    with name_database(log.database):
        await _check_tables(log)
        async with log.database.read() as session:
            found = verify(
                session,
                log.name,
                key=log.key,
                outside=log.outside,
                progress=progress,
                tell=tell,
                checks_signature=checks_signature,
            )
            async for finding in found:
                print(describe(log.name, finding))
                count += 1
    for position in progress.epochs:
        print(f"{log.name}: position {position}: transaction ids began again; was the database restored then?")
    waiting = f"; {progress.unlinked} are not chained yet" if progress.unlinked else ""
    print(f"{log.name}: {progress.links} chained entries checked, {count or 'no'} findings{waiting}.")
    return count


async def _print_heads(logs: Sequence[_Log]) -> int:
    heads: dict[str, Any] = {}
    for log in logs:
        with name_database(log.database):
            await _check_tables(log)
            async with log.database.read() as session:
                head = await read_head(session)
        heads[log.name] = head and {
            "position": head.position,
            "hash": head.hash,
            "linkedAt": head.linked_at.isoformat(),
            "signature": head.signature,
        }
    print(msgspec.json.format(msgspec.json.encode(heads)).decode())
    return 0


async def _sign_all(logs: Sequence[_Log]) -> int:
    for log in logs:
        if log.key is None:
            raise SettingsInvalid("There is no key to sign with. Set ENTREPOT_AUDIT_KEY or ENTREPOT_AUDIT_KEY_FILE.")
        if await _verify(log, checks_signature=False):
            raise AuditChainBroken(f"The audit chain of {log.name} has findings and is not signed.")
        position = await sign_chain(log.database, log.name, log.key)
        print(f"{log.name}: the head at {position} is signed.")
    return 0


def describe(name: str, finding: Finding) -> str:
    """A finding as a line."""
    where = [f"position {finding.position}"] if finding.position is not None else []
    where += [f"entry {finding.entry_id}"] if finding.entry_id is not None else []
    return f"{name}: {', '.join(where)}: {finding.kind}: {finding.message}"


async def _check_tables(log: _Log) -> None:
    async with log.database.read() as session:
        connection = await session.connection()
        is_there = await connection.run_sync(lambda sync: inspect(sync).has_table(AUDIT_LOG.name))
    if not is_there:
        raise SettingsInvalid(f"The database of {log.name} has no audit log. Migrate it first: `entrepot migrate`.")


def find_urls(arguments: argparse.Namespace, names: Sequence[str]) -> Mapping[str, str]:
    """The databases of the subgraphs that --data, --database-url or --distributed name; raises SettingsInvalid."""
    if arguments.database_url or arguments.distributed:
        given = {"ENTREPOT_DATABASE_URL": arguments.database_url} if arguments.database_url else {}
        return read_distributed({**os.environ, **given}, names).urls
    files = {name: arguments.data / f"{name}.db" for name in names}
    missing = [path for path in files.values() if not path.is_file()]
    if missing:
        raise SettingsInvalid(
            f"There is no database {missing[0]}. Name the folder of the shop's data with --data, or the PostgreSQL "
            "server with --database-url or --distributed."
        )
    return {name: f"sqlite:///{path}" for name, path in files.items()}


def name_database(database: Database) -> Any:
    """A block whose errors name the database server."""
    return nullcontext() if database.is_sqlite else named(database.url)
