"""The GraphQL clients of npm, run against a router at an address: each program prints what it saw as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.node import NodeClient, need_client

SECONDS = 60


@dataclass(frozen=True)
class Programs:
    """The programs of tests/clients/protocols, for the router at an address."""

    client: NodeClient
    address: str

    async def run(
        self,
        program: str,
        case: str,
        *,
        on_begun: Callable[[], None] | None = None,
        seconds: float = SECONDS,
        **options: Any,
    ) -> Any:
        """What the case of the program printed; `on_begun` is called when it says that it has begun."""
        given = json.dumps({"address": self.address, "case": case, **options})
        process = await asyncio.create_subprocess_exec(
            *self.client.command(f"{program}.mjs", given),
            cwd=self.client.folder,
            env=self.client.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(seconds):
                if on_begun is not None:
                    assert process.stderr is not None
                    assert await process.stderr.readline() == b"begun\n"
                    on_begun()
                output, complaints = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        assert process.returncode == 0, complaints.decode()
        return json.loads(output)


def need_programs(address: str) -> Programs:
    """The programs; skips the test, with the remedy, when Node.js or their packages are missing."""
    return Programs(need_client("protocols"), address)
