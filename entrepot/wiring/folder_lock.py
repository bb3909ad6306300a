"""One process a data folder: the bus in memory reaches nobody else, so a second process would miss every event."""

from __future__ import annotations

import fcntl
from io import TextIOWrapper
from pathlib import Path

from entrepot.shared.errors import InternalError


class FolderInUse(InternalError):
    """Another process has this data folder open."""

    code = "DATA_FOLDER_IN_USE"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Another process uses the data folder {folder}, and a folder belongs to one process at a time. "
            "Stop the other one, or name another folder with --data."
        )


class FolderLock:
    """An advisory lock that ends with the process, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: TextIOWrapper | None = None

    def acquire(self) -> None:
        """Raises FolderInUse when another process, or another shop of this one, has it."""
        file = (self._folder / ".lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise FolderInUse(self._folder) from None
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
