"""Accounts on a fresh database, with cheap password hashes and a signing key made once."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from entrepot.subgraphs.accounts.config import AccountsSettings
from entrepot.subgraphs.accounts.key_ring import KeyRing
from tests.support.accounts import CHEAP, Accounts
from tests.support.clock import ManualClock
from tests.support.subgraphs import open_subgraph


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys") / "keys"
    KeyRing.open(folder, ManualClock(), AccountsSettings())
    return folder


@pytest.fixture
def environ() -> dict[str, str]:
    return dict(CHEAP)


@pytest.fixture
async def accounts(
    tmp_path: Path, key_folder: Path, environ: dict[str, str], database_url: str | None
) -> AsyncIterator[Accounts]:
    shutil.copytree(key_folder, tmp_path / "accounts" / "keys")
    async with open_subgraph("accounts", tmp_path, environ=environ, url=database_url) as under_test:
        yield Accounts(under_test)
