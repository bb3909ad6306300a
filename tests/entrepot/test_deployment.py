"""What is done once before the processes of the distributed shop start: by as many as like, as often as they like."""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url, text

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import Database, find_drift, migrate
from entrepot.shared.db.migrations import KERNEL_HISTORY
from entrepot.shared.events import KERNEL
from entrepot.subgraphs.registry import load
from tests.support.servers import postgres_url
from tests.support.tree import ROOT

NOWHERE = "postgresql+asyncpg://someone:s3cret@127.0.0.1:1/nothing"
CALLERS = 10


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    error: str


@dataclass(frozen=True)
class Server:
    """The databases and roles of a test, all of whose names begin alike, on a server that others use too."""

    prefix: str
    admin: str

    def environ(self, password: str = "s3cret") -> dict[str, str]:
        url = make_url(self.admin)
        where = f"{url.host}:{url.port}"
        own = f"{self.prefix}_{{name}}"
        return {
            "ENTREPOT_ADMIN_URL": self.admin,
            "ENTREPOT_DATABASE_URL": f"postgresql+asyncpg://{own}:{password}@{where}/{own}",
        }

    def dsn(self, role: str, database: str) -> str:
        url = make_url(self.admin).set(
            drivername="postgresql",
            username=f"{self.prefix}_{role}",
            password="s3cret",
            database=f"{self.prefix}_{database}",
        )
        return url.render_as_string(hide_password=False)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server(f"deployed_{uuid.uuid4().hex[:8]}", postgres_url())
    yield server
    dsn = make_url(server.admin).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn)
    named = f"{server.prefix}%"
    for (database,) in await connection.fetch("SELECT datname FROM pg_database WHERE datname LIKE $1", named):
        await connection.execute(f"DROP DATABASE {database} WITH (FORCE)")
    for (role,) in await connection.fetch("SELECT rolname FROM pg_roles WHERE rolname LIKE $1", named):
        await connection.execute(f"DROP ROLE {role}")
    await connection.close()


async def run(environ: Mapping[str, str], *words: str) -> Said:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("ENTREPOT_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "entrepot.cli", *words),
        cwd=ROOT,
        env={**bare, **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await process.communicate()
    return Said(process.returncode or 0, out.decode(), error.decode())


async def test_databases_are_made_once_whoever_asks_and_open_to_their_owners_alone(server: Server) -> None:
    names = ("orders", "carts")
    said = await asyncio.gather(*(run(server.environ(), "create-databases", *names) for _ in range(CALLERS)))
    assert [each.error for each in said if each.status] == []
    lines = [line for each in said for line in each.out.splitlines()]
    assert sum("is new" in line for line in lines) == len(names)
    assert sum("was there" in line for line in lines) == len(names) * (CALLERS - 1)
    connection = await asyncpg.connect(server.dsn("orders", "orders"))
    await connection.close()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(server.dsn("carts", "orders"))


async def test_tables_are_made_once_whoever_asks(server: Server) -> None:
    environ = server.environ()
    assert (await run(environ, "create-databases", "orders")).status == 0
    said = await asyncio.gather(*(run(environ, "migrate", "orders") for _ in range(CALLERS)))
    assert {(each.status, each.out, each.error) for each in said} == {
        (0, "orders: its tables are at the newest revision.\n", "")
    }
    url = environ["ENTREPOT_DATABASE_URL"].format(name="orders")
    database = Database(url, SystemClock())
    assert await find_drift(database, [load("orders").metadata, KERNEL]) == []
    await database.dispose()


@pytest.mark.parametrize(
    ("words", "environ", "said"),
    [
        (("migrate", "nothing"), {}, "There is no subgraph 'nothing'"),
        (("migrate", "orders"), {}, "ENTREPOT_ORDERS_DATABASE_URL is not set"),
        (("migrate", "orders"), {"ENTREPOT_DATABASE_URL": NOWHERE}, "DATABASE_REFUSED: PostgreSQL at 127.0.0.1:1"),
        (("create-databases",), {"ENTREPOT_DATABASE_URL": NOWHERE}, "ENTREPOT_ADMIN_URL is not set"),
        (
            ("create-databases",),
            {"ENTREPOT_DATABASE_URL": NOWHERE, "ENTREPOT_ADMIN_URL": NOWHERE},
            "DATABASE_REFUSED: PostgreSQL at 127.0.0.1:1 (database nothing, role someone)",
        ),
        (("create-topics",), {"ENTREPOT_KAFKA_BROKERS": "127.0.0.1:1"}, "Kafka at 127.0.0.1:1"),
        (("create-topics",), {}, "ENTREPOT_KAFKA_BROKERS"),
        (("seed", "orders"), {"ENTREPOT_DATABASE_URL": NOWHERE}, "Set ENTREPOT_SHOP_DEMO=true"),
        (("worker", "nothing"), {}, "invalid choice: 'nothing'"),
        (("worker", "orders"), {}, "is not set"),
        (("subgraph", "orders"), {"ENTREPOT_DATABASE_URL": NOWHERE}, "is not set"),
        (("health", "http://127.0.0.1:1/health/ready"), {}, "Connection refused"),
        (("health", "file:///etc/passwd"), {}, "not a URL of HTTP"),
        (("generate-keys", "--private", "/proc/no/key.pem", "--public", "/proc/no/key.pub"), {}, "/proc/no"),
    ],
)
async def test_what_cannot_be_done_is_said_in_one_line(
    words: tuple[str, ...], environ: dict[str, str], said: str
) -> None:
    answer = await run(environ, *words)
    assert answer.status in (1, 2)
    assert said in answer.error
    assert "Traceback" not in answer.error
    assert "s3cret" not in answer.error


async def test_a_database_that_is_missing_is_named(server: Server) -> None:
    answer = await run(server.environ(), "migrate", "orders")
    assert answer.status == 1
    assert f"DATABASE_REFUSED: PostgreSQL at {make_url(server.admin).host}" in answer.error
    assert f'role "{server.prefix}_orders" does not exist' in answer.error
    assert "Traceback" not in answer.error


async def test_tables_in_use_are_not_waited_for_without_end(server: Server) -> None:
    environ = {**server.environ(), "ENTREPOT_DATABASE_LOCK_TIMEOUT": "0.2"}
    assert (await run(environ, "create-databases", "orders")).status == 0
    subgraph = load("orders")
    database = Database(environ["ENTREPOT_DATABASE_URL"].format(name="orders"), SystemClock())
    first = KERNEL_HISTORY.list_revisions()[0]
    await migrate(database, subgraph.migrations, [], kernel_revision=first)
    async with database.write() as session:
        await session.execute(text("LOCK TABLE outbox IN ROW EXCLUSIVE MODE"))
        refused = await run(environ, "migrate", "orders")
    assert (refused.status, "lock timeout" in refused.error, "Traceback" in refused.error) == (1, True, False)
    assert (await run(environ, "migrate", "orders")).status == 0
    await database.dispose()


async def test_keys_are_made_once(tmp_path: Path) -> None:
    words = ("generate-keys", "--private", str(tmp_path / "a" / "key.pem"), "--public", str(tmp_path / "key.pub"))
    assert [(await run({}, *words)).status for _ in range(2)] == [0, 0]
    made = (tmp_path / "a" / "key.pem").read_bytes()
    assert (await run({}, *words)).status == 0
    assert (tmp_path / "a" / "key.pem").read_bytes() == made
    assert (tmp_path / "a" / "key.pem").stat().st_mode & 0o077 == 0
