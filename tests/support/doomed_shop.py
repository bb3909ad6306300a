"""A shop in a process of its own that kills itself at a point: `python -m tests.support.doomed_shop FOLDER POINT FILE`.

What its customer has sent is kept in FILE, as a client keeps what it may have to send again.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from entrepot.shared.clock import SystemClock
from entrepot.shared.environment import Environment
from entrepot.shared.randomness import SystemRandomness
from tests.support.purchases import buy_everything, open_purchases


class KeptRequests(dict[str, Any]):
    """What was sent, written to a file before it is sent."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._path.write_text("{}")

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        self._path.write_text(json.dumps(self))


async def main(folder: str, point: str, sent: str) -> None:
    def die_at(reached: str) -> None:
        if reached == point:
            os.kill(os.getpid(), signal.SIGKILL)

    shop = await open_purchases(Path(folder), Environment.of(SystemClock(), SystemRandomness(), die_at))
    await buy_everything(shop, KeptRequests(Path(sent)))
    await asyncio.sleep(30)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
