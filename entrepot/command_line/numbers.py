"""Numbers as options are given."""

from __future__ import annotations

import argparse
import math
from typing import Final

_WHOLE: Final = 100.0


def read_count(text: str) -> int:
    """A whole number from 1 on. Raises ArgumentTypeError."""
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no count: give a whole number from 1 on")
    return int(text)


def read_percent(text: str) -> float:
    """A share of 0 to 100 percent. Raises ArgumentTypeError."""
    try:
        percent = float(text)
    except ValueError:
        percent = math.nan
    if not 0 <= percent <= _WHOLE:
        raise argparse.ArgumentTypeError(f"{text!r} is no share: give percent from 0 to 100, such as 0.5")
    return percent
