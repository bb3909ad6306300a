"""Files of the command line, where `-` is standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from entrepot.shared.errors import SettingsInvalid

STANDARD_INPUT: Final = Path("-")


def read_source(path: Path) -> str:
    """The text of a file or of standard input; raises OSError, and SettingsInvalid for what is not text."""
    try:
        return sys.stdin.read() if path == STANDARD_INPUT else path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SettingsInvalid(f"{path} is not text in UTF-8: {error.reason}.") from error


def check_standard_input(*paths: Path) -> None:
    """Raises SettingsInvalid when more than one of the paths is standard input, which can be read once."""
    if paths.count(STANDARD_INPUT) > 1:
        raise SettingsInvalid("Only one of the files can be `-`, standard input.")
