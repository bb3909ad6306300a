"""Positions of the merged data, and the keys under which fields are written and read there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain, count

from entrepot.router.planning.collected_fields import CollectedField
from entrepot.router.selection import Argument, split_directives

Signature = tuple[str, tuple[Argument, ...], str]


@dataclass(slots=True)
class _Use:
    """One use of a key: for which types, for which field, and with what shape in which subgraph.

    `indistinct` are further types that a subgraph writes it for because it cannot distinguish them.
    """

    types: set[str]
    signature: Signature
    shapes: dict[str, str]
    indistinct: dict[str, frozenset[str]]


@dataclass(slots=True, eq=False)
class DataPosition:
    """An object position of the merged data, whichever fetches fill it.

    A field of a type has one key, however many selections and fetches want it; where a client's key would make two
    fields meet, or two types that a subgraph cannot return side by side, an internal key is used instead.
    `is_serial` marks the root of a mutation. `has_typename` says that `__typename` is fetched, `needs_typename` that
    the response depends on it. `possible` are the types a client may see, `unshared` those that it sees without what
    fragments select of them, `seen` all types that were planned for.
    """

    is_abstract: bool
    is_serial: bool = False
    has_typename: bool = False
    needs_typename: bool = False
    possible: set[str] = field(default_factory=set)
    unshared: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    children: dict[str, DataPosition] = field(default_factory=dict)
    assigned: dict[tuple[str, Signature], str] = field(default_factory=dict)
    _uses: dict[str, list[_Use]] = field(default_factory=dict)

    def signature(self, collected: CollectedField) -> Signature:
        """What distinguishes values of the field at the position.

        Mutations run once for each response key, whatever their arguments. An object is fetched once for each alias:
        what makes it null under the one, by what is selected below, need not do so under the other.
        """
        is_own = self.is_serial or (collected.selections and collected.key != collected.name)
        arguments = split_directives(collected.arguments)[0] if collected.arguments else ()
        return collected.name, arguments, collected.key if is_own else ""

    def child(self, key: str, *, is_abstract: bool) -> DataPosition:
        found = self.children.get(key)
        if found is None:
            found = self.children[key] = DataPosition(is_abstract)
        found.is_abstract = found.is_abstract or is_abstract
        return found

    def find_key(self, type_name: str, signature: Signature) -> str | None:
        """Where the field of an object of the type is read; None for what no fetch brings."""
        return self.assigned.get((type_name, signature))

    def key_of(self, type_name: str, signature: Signature) -> str:
        """Where the field of an object of the type is read; it must have been assigned."""
        return self.assigned[type_name, signature]

    def assign(
        self,
        types: Iterable[str],
        signature: Signature,
        preferred: str,
        subgraph: str,
        shape: str,
        reach: frozenset[str],
    ) -> dict[str, frozenset[str]]:
        """Keys for the field, each with the types that it serves; nearly always one key for all of them.

        `reach` are types that the key is written for besides, because the subgraph cannot tell them from these. Such a
        type has another key where another subgraph, which can tell it, is asked for the field.
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
            self._use(key, names, signature, subgraph, shape, reach)
        if fresh:
            candidates = chain(tuple(by_key), (preferred,), (f"_{signature[0]}_{number}" for number in count(1)))
            key = next(item for item in candidates if self._is_free(item, fresh, signature, subgraph, shape, reach))
            self._use(key, fresh, signature, subgraph, shape, reach)
            for name in fresh:
                self.assigned[name, signature] = key
            by_key.setdefault(key, set()).update(fresh)
        return {key: frozenset(names) for key, names in by_key.items()}

    def _is_free(
        self, key: str, types: set[str], signature: Signature, subgraph: str, shape: str, reach: frozenset[str]
    ) -> bool:
        if key == "__typename":
            return False
        for use in self._uses.get(key, ()):
            if use.shapes.get(subgraph, shape) != shape:
                return False
            if use.signature != signature:
                if not use.types.isdisjoint(types) or not use.types.isdisjoint(reach):
                    return False
            elif (reach or use.indistinct) and self._is_written_over(use, types, subgraph, reach):
                return False
        return True

    def _is_written_over(self, use: _Use, types: set[str], subgraph: str, reach: frozenset[str]) -> bool:
        """Whether a subgraph that cannot distinguish a type would overwrite the value of one that can."""
        if any(other != subgraph and indistinct & types for other, indistinct in use.indistinct.items()):
            return True
        is_of_others = use.shapes.keys() != {subgraph}
        return is_of_others and any((name, use.signature) in self.assigned for name in reach)

    def _use(
        self, key: str, types: set[str], signature: Signature, subgraph: str, shape: str, reach: frozenset[str]
    ) -> None:
        uses = self._uses.setdefault(key, [])
        for use in uses:
            if use.signature == signature and use.shapes.get(subgraph, shape) == shape:
                break
        else:
            use = _Use(set(), signature, {}, {})
            uses.append(use)
        use.types |= types
        use.shapes[subgraph] = shape
        if reach:
            use.types |= reach
            use.indistinct[subgraph] = use.indistinct.get(subgraph, frozenset()) | reach
