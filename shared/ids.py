"""Typed, sortable ids: a prefix that names the type, an underscore and a UUIDv7 in its text form (RFC 9562)."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

from entrepot.shared.clock import Clock
from entrepot.shared.randomness import Randomness

_VERSION: Final = 0x7
_VARIANT: Final = 0b10
_SUFFIX: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ID: Final = re.compile(rf"[a-z]{{2,8}}_{_SUFFIX}")


class Ids:
    """Makes ids that sort by the moment of their making, also within one millisecond of one process."""

    def __init__(self, clock: Clock, randomness: Randomness) -> None:
        self._clock = clock
        self._randomness = randomness
        self._last = 0

    def new(self, prefix: str) -> str:
        """A fresh id such as `ord_018f...`."""
        return f"{prefix}_{self.uuid7()}"

    def uuid7(self) -> uuid.UUID:
        """A fresh UUIDv7; the 12 bits after the milliseconds count up, the rest is random (RFC 9562 section 6.2)."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        stamp = max(milliseconds << 12, self._last + 1)
        self._last = stamp
        tail = int.from_bytes(self._randomness.token_bytes(8)) & ((1 << 62) - 1)
        high, low = stamp >> 12, stamp & 0xFFF
        return uuid.UUID(int=(high << 80) | (_VERSION << 76) | (low << 64) | (_VARIANT << 62) | tail)


def read_moment(value: str, prefix: str) -> datetime | None:
    """When an id of that type was made, to the millisecond; None for what is no such id."""
    if not is_id(value, prefix):
        return None
    try:
        return _EPOCH + timedelta(milliseconds=uuid.UUID(value.partition("_")[2]).int >> 80)
    except OverflowError:  # A moment that no calendar has: somebody made the id up.
        return None


def is_id(value: str, prefix: str) -> bool:
    """Whether the text is an id of that type."""
    return value.startswith(f"{prefix}_") and _ID.fullmatch(value) is not None
