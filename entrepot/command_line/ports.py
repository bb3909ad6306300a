"""Ports and durations as options give them."""

from __future__ import annotations

import argparse
import math
from typing import Final

_HIGHEST_PORT: Final = 65535


def read_port(text: str) -> int:
    """A port; 0 stands for any free one. Raises ArgumentTypeError."""
    if not text.isascii() or not text.isdecimal() or int(text) > _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a whole number from 0 to {_HIGHEST_PORT}")
    return int(text)


def read_seconds(text: str) -> float:
    """A duration above zero. Raises ArgumentTypeError."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no duration: give seconds above 0, such as 2 or 0.5")
    return seconds
