"""PostgreSQL with TLS: the parameters of libpq in a URL, on a real server with `ssl = on`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import Database, DatabaseUnavailable
from entrepot.shared.db.engine import DatabaseUrlInvalid, create_engine, split_tls
from entrepot.shared.errors import SettingsInvalid
from entrepot.wiring.databases import DatabaseRefused, create_databases
from entrepot.wiring.distributed_settings import read_distributed
from tests.support.certificates import Authority
from tests.support.secure_postgres import ROLE, SecurePostgres, serve_secure_postgres

SSL_IN_USE = text("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
PLAIN = "postgresql+asyncpg://postgres@127.0.0.1/postgres"


@pytest.fixture(scope="module")
def server() -> Iterator[SecurePostgres]:
    with serve_secure_postgres() as served:
        yield served


async def ask(url: str) -> str:
    """The version of TLS of the connection."""
    database = Database(url, SystemClock())
    try:
        async with database.read() as session:
            return str(await session.scalar(SSL_IN_USE))
    finally:
        await database.dispose()


class TestServer:
    @pytest.mark.parametrize("mode", ["verify-full", "verify-ca", "require"])
    async def test_the_ca_of_the_url(self, server: SecurePostgres, mode: str) -> None:
        assert await ask(server.url(f"sslmode={mode}&sslrootcert={server.authority.ca_file}")) == "TLSv1.3"

    async def test_require_alone_verifies_nothing(self, server: SecurePostgres) -> None:
        assert await ask(server.url("sslmode=require")) == "TLSv1.3"

    async def test_no_connection_in_the_clear(self, server: SecurePostgres) -> None:
        with pytest.raises(Exception, match="no encryption"):
            await ask(server.url("sslmode=disable"))

    @pytest.mark.parametrize("mode", ["verify-full", "verify-ca", "require"])
    async def test_another_ca(self, server: SecurePostgres, mode: str, tmp_path: Path) -> None:
        url = server.url(f"sslmode={mode}&sslrootcert={Authority(tmp_path, 'other').ca_file}")
        with pytest.raises(DatabaseUnavailable) as failure:
            await ask(url)
        assert "certificate verify failed" in str(failure.value.__cause__)

    async def test_another_name_matters_to_verify_full_only(self, server: SecurePostgres) -> None:
        ca = server.authority.ca_file
        assert await ask(server.url(f"sslmode=verify-ca&sslrootcert={ca}", host="localhost")) == "TLSv1.3"
        with pytest.raises(DatabaseUnavailable) as failure:
            await ask(server.url(f"sslmode=verify-full&sslrootcert={ca}", host="localhost"))
        assert "certificate is not valid for 'localhost'" in str(failure.value.__cause__)

    async def test_a_login_by_client_certificate(self, server: SecurePostgres) -> None:
        engine = create_engine(make_url(server.url(f"sslmode=verify-full&sslrootcert={server.authority.ca_file}")))
        async with engine.begin() as connection:
            await connection.execute(text(f"CREATE ROLE {ROLE} LOGIN"))
        await engine.dispose()
        query = f"sslmode=verify-full&sslrootcert={server.authority.ca_file}"
        with pytest.raises(Exception, match="connection requires a valid client certificate"):
            await ask(server.url(query, role=ROLE))
        query += f"&sslcert={server.client.cert_file}&sslkey={server.client.key_file}"
        assert await ask(server.url(query, role=ROLE)) == "TLSv1.3"

    async def test_what_is_done_before_the_start_says_why(self, server: SecurePostgres, tmp_path: Path) -> None:
        query = f"sslmode=verify-full&sslrootcert={Authority(tmp_path, 'other').ca_file}"
        with pytest.raises(DatabaseRefused, match="certificate verify failed"):
            await create_databases(server.url(query), {})
        right = f"sslmode=verify-full&sslrootcert={server.authority.ca_file}"
        assert await create_databases(server.url(right), {}) == []


class TestUrls:
    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("sslmode=verify-all", "sslmode=verify-all is unknown. Write one of disable, allow"),
            ("sslrootcert=/nowhere", "sslmode=prefer verifies nothing. Write sslmode=verify-full"),
            ("sslmode=prefer&sslrootcert=/nowhere", "sslmode=prefer verifies nothing"),
            ("sslmode=verify-full&sslrootcert=/nowhere", "The file /nowhere cannot be read: No such file"),
            ("sslmode=verify-full&sslkey=/nowhere", "name the certificate file as well"),
            ("sslmode=verify-full&ssl=require", "Keep sslmode"),
            ("sslmode=verify-full&sslpassword=x", "sslpassword is not supported"),
        ],
    )
    def test_what_does_not_fit_is_refused_at_the_start(self, query: str, said: str) -> None:
        with pytest.raises(DatabaseUrlInvalid, match=said):
            split_tls(make_url(f"{PLAIN}?{query}"))
        url = f"postgresql://orders:s3cret@127.0.0.1/orders?{query}"
        with pytest.raises(SettingsInvalid, match=f"ENTREPOT_ORDERS_DATABASE_URL: .*{said}"):
            read_distributed({"ENTREPOT_DATABASE_URL": url}, ["orders"])

    def test_a_url_without_them_stays_as_it_is(self) -> None:
        url = make_url(f"{PLAIN}?ssl=require")
        assert split_tls(url) == (url, {})
