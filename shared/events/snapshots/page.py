"""The pages of a snapshot: messages with many states each, in order, on a topic of their own for each domain."""

from __future__ import annotations

from typing import Final

import msgspec

from entrepot.shared.events.bus.bus import Message
from entrepot.shared.events.event import snapshots_topic

_CONTENT: Final = (("ce_type", b"snapshots.page"),)


class SnapshotPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page, numbered from 1. `sent` counts the states up to its end, `total` those there were at the request."""

    request_id: str
    contract: str
    number: int
    states: tuple[msgspec.Raw, ...]
    """Envelopes, each the newest of its aggregate."""
    sent: int
    total: int
    is_last: bool

    def to_message(self) -> Message:
        """As it is sent. All pages of a request have one key, so that they arrive in their order."""
        return Message(snapshots_topic(self.contract), self.request_id, msgspec.json.encode(self), _CONTENT)


def read_page(raw: bytes) -> SnapshotPage:
    """The page in the bytes; raises msgspec.DecodeError."""
    return msgspec.json.decode(raw, type=SnapshotPage)
