"""The traps: what a subgraph's author may rely on, and a resolver that throws where a router does not keep to it."""

from __future__ import annotations

from dataclasses import dataclass

TRAPS = {
    "again": "a mutation was asked a second time for one operation of a client",
    "external": "an @external field was asked where it is not provided",
    "invalid": "the operation does not hold against the subgraph's schema",
    "missing": "a representation lacks what a field that was asked requires",
    "not provided": "a field that this subgraph answers on paths with @provides alone was asked on another",
    "overridden": "a field was asked of the subgraph that lost it by @override",
    "surplus": "a representation has more than its key and what the fields that were asked require",
    "twice": "one representation was sent twice in one list",
    "typename": "a representation names a type that is no entity of this subgraph",
    "unknown": "no entity has the key that was sent",
    "unresolvable": "a representation has none of the keys by which this subgraph resolves the entity",
    "untold": "a required value told apart by type came without the name of its type",
    "untrue": "a required value that was sent is not the one that its owner holds",
}
"""Every trap, and what fires it."""

TOLERABLE = frozenset({"surplus", "twice", "untold"})
"""Traps for what no specification rules out: routers that are compared with ours are let through."""


@dataclass(frozen=True, slots=True)
class FiredTrap:
    """A trap that fired in a subgraph."""

    trap: str
    subgraph: str
    detail: str


class TrapError(Exception):
    """Thrown by a resolver whose trap fired."""

    def __init__(self, trap: str, detail: str) -> None:
        self.trap = trap
        self.detail = detail
        super().__init__(f"{TRAPS[trap]}: {detail}")
