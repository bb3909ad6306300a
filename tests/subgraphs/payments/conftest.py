"""Payments under test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.payment_desk import PaymentDesk
from tests.support.subgraphs import open_subgraph


@pytest.fixture
async def desk(tmp_path: Path, database_url: str | None) -> AsyncIterator[PaymentDesk]:
    async with open_subgraph("payments", tmp_path, url=database_url) as subgraph:
        yield PaymentDesk(subgraph)
