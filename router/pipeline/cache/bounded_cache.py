"""A bounded LRU cache, by weight and by number of entries."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Values under keys, each with a weight in bytes.

    A value is computed between two awaits, so that one key is never computed twice at the same time.
    """

    def __init__(self, *, max_weight: int, max_entries: int) -> None:
        self._max_weight = max_weight
        self._max_entries = max_entries
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.weight = 0
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        entry = self._entries.get(key)
        if entry is None:
            self.misses += 1
            return None
        self.hits += 1
        self._entries.move_to_end(key)
        return entry[0]

    def list_values(self) -> list[V]:
        """All values, those that were used last first."""
        return [value for value, _ in reversed(self._entries.values())]

    def put(self, key: K, value: V, weight: int) -> None:
        """Keep the value; one that is heavier than the whole cache is not kept, since it would empty it for nothing."""
        replaced = self._entries.pop(key, None)
        if replaced is not None:
            self.weight -= replaced[1]
        if weight > self._max_weight:
            return
        self._entries[key] = (value, weight)
        self.weight += weight
        while self.weight > self._max_weight or len(self._entries) > self._max_entries:
            self.weight -= self._entries.popitem(last=False)[1][1]
