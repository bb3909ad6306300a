"""A PostgreSQL server of the test's own with `ssl = on`."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.certificates import Authority, Issued
from tests.support.servers import free_port
from tests.support.tree import ROOT

SCRIPT = ROOT / "scripts" / "postgres"
ROLE = "mutual"
"""A role that logs in by its client certificate alone."""


@dataclass(frozen=True)
class SecurePostgres:
    """It takes connections over TLS only, `ROLE` by its client certificate, all others without a password."""

    port: int
    authority: Authority
    client: Issued

    def url(self, query: str = "", *, host: str = "127.0.0.1", role: str = "postgres") -> str:
        return f"postgresql+asyncpg://{role}@{host}:{self.port}/postgres?{query}"


@contextmanager
def serve_secure_postgres() -> Iterator[SecurePostgres]:
    """Such a server; skips the test, with the remedy, where it is not installed."""
    if shutil.which("initdb") is None and not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        pytest.skip("needs PostgreSQL: install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="entrepot-postgres-tls-"))
    folder.chmod(0o755)
    port = free_port()
    subprocess.run(
        [SCRIPT, "start", folder], env={**os.environ, "PGPORT": str(port)}, stdout=subprocess.DEVNULL, check=True
    )
    try:
        data = folder / "data"
        authority = Authority(folder, "own")
        issued = authority.issue("server", "127.0.0.1")
        client = authority.issue("client", user=ROLE)
        owner = data.stat()
        for path in (issued.cert_file, issued.key_file, authority.ca_file):
            os.chown(path, owner.st_uid, owner.st_gid)
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(f"\nssl = on\nssl_cert_file = '{issued.cert_file}'\nssl_key_file = '{issued.key_file}'\n")
            settings.write(f"ssl_ca_file = '{authority.ca_file}'\n")
        rules = f"hostssl all {ROLE} 127.0.0.1/32 cert\nhostssl all all 127.0.0.1/32 trust\n"
        (data / "pg_hba.conf").write_text(rules)
        subprocess.run([SCRIPT, "restart", folder], check=True)
        yield SecurePostgres(port, authority, client)
    finally:
        subprocess.run([SCRIPT, "stop", folder], check=True)
