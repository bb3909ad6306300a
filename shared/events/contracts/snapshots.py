"""What a subgraph asks of another to rebuild a read model."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.shared.events.event import Event, contract


@contract("snapshots.snapshot.requested", subject="request_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRequested(Event):
    """The publisher of the full-state contract `contract` is to send all states; `requester` is a subgraph's name.

    Answered by pages on the topic of snapshots of the publisher's domain, which name the request.
    """

    request_id: str
    contract: str
    requester: str
