"""Positions of the merged data, and the keys under which fields are written and read there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from router.planning.wanted import Wanted
from router.selection import Argument

Signature = tuple[str, tuple[Argument, ...], str]


@dataclass(slots=True)
class _Use:
    """One use of a key: for which types, for which field, and with what shape in which subgraph."""

    types: set[str]
    signature: Signature
    shapes: dict[str, str]


@dataclass(slots=True, eq=False)
class Position:
    """An object position of the merged data, whoever fetches it.

    A field of a type has one key, however many selections and fetches want it; where a client's key would make two
    fields meet, or two types that a subgraph cannot return side by side, an internal key is used instead.
    `is_serial` marks the root of a mutation. `has_typename` says that the object's real type is fetched, `is_told` that
    the client's answer depends on it; `possible` are the types a client may see, `seen` all that anything was planned
    for.
    """

    is_abstract: bool
    is_serial: bool = False
    has_typename: bool = False
    is_told: bool = False
    possible: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    children: dict[str, Position] = field(default_factory=dict)
    assigned: dict[tuple[str, Signature], str] = field(default_factory=dict)
    _uses: dict[str, list[_Use]] = field(default_factory=dict)

    def signature(self, want: Wanted) -> Signature:
        """What tells values of the field apart at the position.

        Mutations run once for each response key, whatever their arguments. An object is fetched once for each alias:
        what makes it null under the one, by what is selected below, need not do so under the other.
        """
        is_own = self.is_serial or (want.selections and want.key != want.name)
        return want.name, want.arguments, want.key if is_own else ""

    def child(self, key: str, *, is_abstract: bool) -> Position:
        found = self.children.get(key)
        if found is None:
            found = self.children[key] = Position(is_abstract)
        found.is_abstract = found.is_abstract or is_abstract
        return found

    def key_of(self, type_name: str, signature: Signature) -> str:
        """Where the field of an object of the type is read; it must have been assigned."""
        return self.assigned[type_name, signature]

    def assign(
        self,
        types: Iterable[str],
        signature: Signature,
        preferred: str,
        graph: str,
        shape: str,
        reach: frozenset[str] = frozenset(),
    ) -> dict[str, frozenset[str]]:
        """Keys for the field, each with the types that it serves; nearly always one key for all of them.

        `reach` are types that the key is written for besides, because the subgraph cannot tell them from these.
        """
        by_key: dict[str, set[str]] = {}
        fresh: set[str] = set()
        for name in types:
            key = self.assigned.get((name, signature))
            if key is None:
                fresh.add(name)
            else:
                by_key.setdefault(key, set()).add(name)
        for key, names in by_key.items():
            self._use(key, names | reach, signature, graph, shape)
        written = fresh | reach
        if fresh:
            candidates: list[str] = [*by_key, preferred]
            key = next((item for item in candidates if self._is_free(item, written, signature, graph, shape)), "")
            number = 0
            while not key:
                number += 1
                attempt = f"_{signature[0]}_{number}"
                if self._is_free(attempt, written, signature, graph, shape):
                    key = attempt
            self._use(key, written, signature, graph, shape)
            for name in fresh:
                self.assigned[name, signature] = key
            by_key.setdefault(key, set()).update(fresh)
        return {key: frozenset(names) for key, names in by_key.items()}

    def _is_free(self, key: str, types: set[str], signature: Signature, graph: str, shape: str) -> bool:
        if key == "__typename":
            return False
        for use in self._uses.get(key, ()):
            if use.signature != signature and use.types & types:
                return False
            if use.shapes.get(graph, shape) != shape:
                return False
        return True

    def _use(self, key: str, types: set[str], signature: Signature, graph: str, shape: str) -> None:
        uses = self._uses.setdefault(key, [])
        for use in uses:
            if use.signature == signature and use.shapes.get(graph, shape) == shape:
                use.types |= types
                use.shapes[graph] = shape
                return
        uses.append(_Use(set(types), signature, {graph: shape}))
