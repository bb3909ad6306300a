"""Libraries that log each of their retries: of one message, a line per minute is let through."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

_SECONDS: Final = 60.0
_MAX_MESSAGES: Final = 1_000
_NUMBER: Final = re.compile(r"\d+")


class RepeatFilter(logging.Filter):
    """Drops what one of the loggers has said within the last minute; the next line says how often it was said.

    Two messages are the same when they differ in numbers only. Other loggers are not touched.
    """

    def __init__(self, loggers: Sequence[str], monotonic: Callable[[], float]) -> None:
        super().__init__()
        self._names = tuple(loggers)
        self._prefixes = tuple(f"{name}." for name in loggers)
        self._monotonic = monotonic
        self._said: OrderedDict[tuple[str, int, str], tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        if record.name not in self._names and not record.name.startswith(self._prefixes):
            return True
        text = record.getMessage()
        key = (record.name, record.levelno, _NUMBER.sub("0", text))
        now = self._monotonic()
        since, dropped = self._said.get(key, (-_SECONDS, 0))
        if now - since < _SECONDS:
            self._said[key] = (since, dropped + 1)
            return False
        self._said[key] = (now, 0)
        self._said.move_to_end(key)
        if len(self._said) > _MAX_MESSAGES:
            self._said.popitem(last=False)
        if dropped:
            record.msg, record.args = f"{text} (and {dropped} times since the last line)", ()
        return True
