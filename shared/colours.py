"""When output may be coloured: on a terminal, unless NO_COLOR or FORCE_COLOR decides otherwise."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, Protocol

RESET: Final = "\x1b[0m"
STYLES: Final = {
    "bold": "\x1b[1m",
    "dim": "\x1b[2m",
    "red": "\x1b[31m",
    "green": "\x1b[32m",
    "yellow": "\x1b[33m",
    "cyan": "\x1b[36m",
}


class Stream(Protocol):
    """A file that may be a terminal."""

    def isatty(self) -> bool:
        """Whether a person reads it."""
        ...


def wants_colour(stream: Stream, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether to colour what goes to `stream`: NO_COLOR and FORCE_COLOR count when they are set and not empty."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return environ["FORCE_COLOR"] != "0"
    return environ.get("TERM") != "dumb" and stream.isatty()


def paint(text: str, style: str, stream: Stream) -> str:
    """The text in one of `STYLES` where `stream` takes colours, else unchanged."""
    return f"{STYLES[style]}{text}{RESET}" if text and wants_colour(stream) else text
