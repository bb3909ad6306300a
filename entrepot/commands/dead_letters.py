"""`entrepot dead-letters`: list, retry, drop and export the dead letters of a running shop, by filter."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Final, TextIO

import msgspec
from sqlalchemy import Row

from entrepot.commands.audit import find_urls, name_database, read_names
from entrepot.commands.rebuild import print_progress
from entrepot.shared.audit import Actor
from entrepot.shared.db import Database
from entrepot.shared.environment import Environment
from entrepot.shared.errors import SettingsInvalid
from entrepot.shared.events import MemoryFanOut, UnitOfWorkFactory
from entrepot.shared.events.operations.administration import Decision, check_reason
from entrepot.shared.events.operations.letters_in_bulk import (
    BulkResult,
    LetterFilter,
    count_letters,
    drop_letters,
    read_letters,
    retry_letters,
)

_LOOK_SECONDS: Final = 0.5
_PATIENCE: Final = 90.0
"""Seconds without a retry; workers look for them every half a minute."""
_FAILED_AGAIN: Final = 1
_REASON_WIDTH: Final = 100

Letters = UnitOfWorkFactory[None]
Step = Callable[[Any], Awaitable[BulkResult]]


def run(arguments: argparse.Namespace) -> int:
    """Do what the first word says for each subgraph; 1 when dead letters failed again."""
    names = read_names(arguments)
    decision = Decision(Actor(f"operator:{getpass.getuser()}"), arguments.reason or "")
    if arguments.task == "drop" and not arguments.reason:
        raise SettingsInvalid("Say why they are not needed: `entrepot dead-letters drop --reason TEXT`.")
    if arguments.reason:
        check_reason(decision)
    urls = find_urls(arguments, names)
    return asyncio.run(_run(arguments, urls, decision))


async def _run(arguments: argparse.Namespace, urls: Any, decision: Decision) -> int:
    environment = Environment.system()
    now = environment.clock.now()
    wanted = LetterFilter(
        type=arguments.type,
        handler=arguments.handler,
        subject=arguments.subject,
        failed_since=now - timedelta(seconds=arguments.newer_than) if arguments.newer_than else None,
        # What fails again while this runs is not retried again.
        failed_before=now - timedelta(seconds=arguments.older_than or 0),
    )
    status = 0
    with ExitStack() as stack:
        output = sys.stdout
        if arguments.task == "export" and arguments.output is not None:
            output = stack.enter_context(arguments.output.open("w", encoding="utf-8"))
        for name, url in urls.items():
            database = Database(url, environment.clock, application="entrepot-dead-letters")
            # Nobody is woken by this fan-out: the worker looks for letters to retry every half a minute.
            letters: Letters = UnitOfWorkFactory(name, database, environment, None, MemoryFanOut(), lambda: None)
            try:
                with name_database(database):
                    status = max(status, await _do(arguments, letters, wanted, decision, output))
            finally:
                await database.dispose()
    return status


async def _do(
    arguments: argparse.Namespace, letters: Letters, wanted: LetterFilter, decision: Decision, output: TextIO
) -> int:
    name = letters.source
    if arguments.task == "list":
        async for row in read_letters(letters.database, wanted):
            print(_describe(name, row))
        return 0
    if arguments.task == "export":
        count = 0
        async for row in read_letters(letters.database, wanted):
            output.write(_export(name, row) + "\n")
            count += 1
        print(f"{name}: {count} dead letters exported.", file=sys.stderr)
        return 0
    if arguments.task == "drop":
        count = await _repeat(letters, lambda unit: drop_letters(unit, decision, wanted), f"dead letters of {name}")
        print(f"{name}: {count} dead letters dropped.")
        return 0
    count = await _repeat(letters, lambda unit: retry_letters(unit, decision, wanted), f"dead letters of {name}")
    print(f"{name}: a retry of {count} dead letters is requested.")
    return 0 if arguments.no_wait or not count else await _wait(letters, wanted, count)


async def _repeat(letters: Letters, step: Step, what: str) -> int:
    """Take the step until nothing is left; how many dead letters it applied to."""
    done = 0
    while True:
        async with letters.begin() as unit:
            result = await step(unit)
        done += result.affected
        print_progress(done, done + result.remaining, what)
        if not result.remaining or not result.affected:
            return done


async def _wait(letters: Letters, wanted: LetterFilter, count: int) -> int:
    """Return when the workers have retried them; says how many failed again."""
    asked = LetterFilter(
        type=wanted.type, handler=wanted.handler, subject=wanted.subject, failed_since=wanted.failed_since
    )
    clock = letters.environment.clock
    least, since = count, clock.monotonic()
    while True:
        async with letters.database.read() as session:
            left = await count_letters(session, asked, is_retrying=True)
            failed = await count_letters(session, asked)
        print_progress(count - min(left, count), count, f"dead letters of {letters.source}")
        if not left:
            break
        if left < least:
            least, since = left, clock.monotonic()
        if clock.monotonic() - since > _PATIENCE:
            print(f"{letters.source}: no worker has retried the {left} dead letters that are left. Does one run?")
            return _FAILED_AGAIN
        await clock.sleep(_LOOK_SECONDS)
    print(f"{letters.source}: retried; {failed or 'no'} dead letters are left.")
    return _FAILED_AGAIN if failed else 0


def _describe(name: str, row: Row[Any]) -> str:
    reason = row.reason.splitlines()[0][:_REASON_WIDTH] if row.reason else ""
    state = "retrying" if row.retry_at else "waiting"
    return f"{name}  {row.failed_at:%Y-%m-%d %H:%M:%S}  {row.event_id}  {row.handler}  {row.subject}  {state}  {reason}"


def _export(name: str, row: Row[Any]) -> str:
    values = {
        "subgraph": name,
        "eventId": row.event_id,
        "handler": row.handler,
        "subject": row.subject,
        "reason": row.reason,
        "attempts": row.attempts,
        "failedAt": row.failed_at.isoformat(),
        "envelope": row.envelope,
    }
    return msgspec.json.encode(values).decode()
