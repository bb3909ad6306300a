"""What is asked of PostgreSQL, overheard in its log, and how it would go about it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

_PREFIX = "%m [%p] <%d> "
_ENTRY = re.compile(r"^\d{4}-\d\d-\d\d [\d:.]+ \w+ \[\d+\] <(\w*)> (\w+):  (.*)$")
_EXECUTED = re.compile(r"execute [^:]+: (.*)", re.DOTALL)
_PARAMETER = re.compile(r"\$(\d+) = ('(?:[^']|'')*'|NULL)")


@dataclass(frozen=True)
class Statement:
    """A statement with the values of its parameters, as literals."""

    database: str
    text: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Overheard:
    """Where the log stood when listening began."""

    log: Path
    start: int

    def read(self) -> dict[tuple[str, str], Statement]:
        """Each statement once, by database and text, with the parameters that it came with last."""
        found = {}
        executed: tuple[str, str] | None = None
        for database, kind, text in _read_entries(self.log.read_bytes()[self.start :].decode()):
            match = _EXECUTED.fullmatch(text) if kind == "LOG" else None
            if match:
                executed = database, match[1]
                found[executed] = Statement(database, match[1], ())
            elif kind == "DETAIL" and executed and text.startswith("parameters: "):
                values = tuple(value for _, value in _PARAMETER.findall(text))
                found[executed] = Statement(*executed, values)
        return found


@asynccontextmanager
async def overhear(admin: str, log: Path) -> AsyncIterator[Overheard]:
    """Have the server write down all that it is asked in the block; `admin` is the URL of its superuser."""
    connection = await asyncpg.connect(admin)
    try:
        for setting, value in (("log_line_prefix", _PREFIX), ("log_statement", "all")):
            await connection.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
        await connection.execute("SELECT pg_reload_conf()")
        yield Overheard(log, log.stat().st_size)
    finally:
        for setting in ("log_line_prefix", "log_statement"):
            await connection.execute(f"ALTER SYSTEM RESET {setting}")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.close()


async def list_scans(connection: asyncpg.Connection, statement: Statement, large: int) -> list[str]:
    """The tables that the statement would read from their beginning to their end, or more than `large` rows in vain.

    What only reads is done to see that; what writes is planned. A scan that a limit ends reads what it gives, such as
    the bounded count of a list.
    """
    does = "ANALYZE, " if statement.text.lstrip().startswith("SELECT") else ""
    await connection.execute(f"PREPARE overheard AS {statement.text}")
    try:
        given = f"({', '.join(statement.parameters)})" if statement.parameters else ""
        (plan,) = await connection.fetchrow(f"EXPLAIN ({does}FORMAT JSON) EXECUTE overheard{given}")
    finally:
        await connection.execute("DEALLOCATE overheard")
    nodes = _walk(json.loads(plan)[0]["Plan"])
    return sorted(
        {
            node["Relation Name"]
            for above, node in nodes
            if (_is_scan(node) and not _ends(above)) or _count_discarded(node) > large
        }
    )


def _is_scan(node: Mapping[str, Any]) -> bool:
    return str(node["Node Type"]).endswith("Seq Scan")


def _ends(above: Mapping[str, Any] | None) -> bool:
    """Whether the node ends what is below it after some rows."""
    return above is not None and above["Node Type"] == "Limit"


def _count_discarded(node: Mapping[str, Any]) -> float:
    """Rows of a table that were read and did not pass."""
    return float(node.get("Rows Removed by Filter", 0) * node.get("Actual Loops", 1) if "Relation Name" in node else 0)


def _walk(
    node: Mapping[str, Any], above: Mapping[str, Any] | None = None
) -> Iterator[tuple[Mapping[str, Any] | None, Mapping[str, Any]]]:
    """Each node of the plan with the one above it."""
    yield above, node
    for below in node.get("Plans", ()):
        yield from _walk(below, node)


def _read_entries(log: str) -> Iterator[tuple[str, str, str]]:
    """Database, kind and text of each entry, whose later lines begin with a tab."""
    entry: tuple[str, str, str] | None = None
    for line in log.splitlines():
        begins = _ENTRY.match(line)
        if begins:
            if entry:
                yield entry
            entry = begins[1], begins[2], begins[3]
        elif entry and line.startswith("\t"):
            entry = *entry[:2], f"{entry[2]}\n{line[1:]}"
    if entry:
        yield entry
