"""Prepares a data folder for the demonstration, once, and says how far it is when that takes a while."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from entrepot.demo.write import write_demo_data
from entrepot.shared.clock import Clock
from entrepot.shared.process import SubgraphProcess

_MARK: Final = "demo-data"
_EDITION: Final = "1\n"
"""What the mark holds: a folder with the data of an older edition is completed."""
_SILENCE: Final = 1.0


class ProgressLines:
    """A line now and then: none within the first second, and then one per second at most."""

    def __init__(self, clock: Clock, write: Callable[[str], None]) -> None:
        self._clock = clock
        self._write = write
        self._last = clock.monotonic()

    def __call__(self, what: str, done: int, total: int) -> None:
        now = self._clock.monotonic()
        if now - self._last >= _SILENCE:
            self._last = now
            self._write(f"Preparing demo data: {done} of {total} {what}")


async def prepare_demo_data(
    processes: Mapping[str, SubgraphProcess], folder: Path, clock: Clock, write: Callable[[str], None]
) -> None:
    """Write the demo data unless the folder has it; `processes` are all subgraphs, migrated, and not working yet."""
    mark = folder / _MARK
    if mark.exists() and mark.read_text() == _EDITION:
        return
    await write_demo_data(processes, clock.now(), ProgressLines(clock, write))
    mark.write_text(_EDITION)
