"""A process that runs the job of the audit chain and stops before its commit, until it is killed."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from entrepot.shared.audit import Chaining
from tests.support.audit import SOURCE
from tests.support.kernel import LeapingClock, open_kernel


def hang(point: str) -> None:
    """Say where the process is, and stay there with all that it holds."""
    print(point, flush=True)  # noqa: T201 - what its parent waits for
    time.sleep(600)


async def main(folder: Path, url: str | None) -> None:
    async with open_kernel(folder, LeapingClock(), name=SOURCE, url=url, failpoint=hang) as kernel:
        await Chaining().run(kernel.transactions)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
