"""How streams from subgraphs are kept up for the clients that share them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedStreamsConfig:
    """One stream from a subgraph serves all clients of one identity that ask it the same.

    At most `waiting_events` wait for each client, and no more once they have `waiting_bytes`; one that falls behind
    further is closed when it shares its stream. A stream that breaks is opened again up to `attempts` times in a row,
    after pauses in seconds that begin at `pause` and double up to `longest_pause`, each shortened by up to half at
    random. Streams of the subgraphs that `live` names tell what happens from now on, so they are joined late and opened
    again at any time. Any other might begin with what a late client would miss or what it has heard already: these are
    joined and opened again only before their first event.
    """

    waiting_events: int = 256
    waiting_bytes: int = 8 * 1024 * 1024
    attempts: int = 3
    pause: float = 0.5
    longest_pause: float = 10.0
    live: tuple[str, ...] = ()
