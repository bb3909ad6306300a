"""Error paths: from a subgraph's response to the client's response keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from entrepot.router.execution.complete import Explained
from entrepot.router.execution.conditions import build_disjunction_test
from entrepot.router.execution.errors.fetch_errors import FetchError
from entrepot.router.execution.errors.filled_keys import list_filled_keys
from entrepot.router.execution.paths import JsonObject, Location, locate_objects
from entrepot.router.plan import OutputField, OutputSelection


class ErrorRewriter:
    """Rewrites the faults of one execution, over the merged data as it is at the end."""

    def __init__(self, output: OutputSelection, data: JsonObject, variables: Mapping[str, Any]) -> None:
        self._output = output
        self._data = data
        self._variables = variables
        self._places: dict[tuple[int, str], dict[int, list[Location]]] = {}

    def rewrite(self, fetch_errors: list[FetchError], maximum: int) -> tuple[list[dict[str, Any]], Explained]:
        """At most `maximum` entries in the order of the plan, one for each place; and what they explain."""
        entries: list[dict[str, Any]] = []
        places: set[Location] = set()
        has_unplaced = False
        for fetch_error in sorted(fetch_errors, key=lambda fetch_error: fetch_error.fetch.id):
            paths = list(dict.fromkeys(path for path in self._find_paths(fetch_error) if path))
            if not paths and not fetch_error.is_whole:
                has_unplaced = True
            for path in paths:
                places.update(path[:end] for end in range(1, len(path) + 1))
            found = [_build_entry(fetch_error, path) for path in paths] or [fetch_error.entry]
            entries += found[: maximum - len(entries)]
        return entries, Explained(frozenset(places), bool(fetch_errors), has_unplaced)

    def _find_paths(self, fetch_error: FetchError) -> Iterator[Location]:
        # A stream that is refused fills no place: its error is about the request.
        if fetch_error.path is None and fetch_error.is_whole and fetch_error.fetch.kind != "subscription":
            yield from self._find_first_missing(fetch_error)
            return
        for location in self._locate(fetch_error):
            yield from self._map(self._output, self._data, location)

    def _find_first_missing(self, fetch_error: FetchError) -> list[Location]:
        """Where the first field of a fetch that brought nothing would have been: one failure, one error.

        A field that the client asked for precedes the object that holds one that only the router needed.
        """
        for location, keys in self._list_missing(fetch_error):
            above = self._map(self._output, self._data, location)[0]
            for key in keys:
                path = self._map(self._output, self._data, (*location, key))[0]
                if len(path) > len(above):
                    return [path]
            if above:
                return [above]
        return []

    def _list_missing(self, fetch_error: FetchError) -> Iterator[tuple[Location, list[str]]]:
        """The places of the objects that the fetch was to complete, each with the keys it was to bring."""
        operation = fetch_error.fetch.operation
        for location, item in self._locate_roots(fetch_error):
            yield location, _put_absent_first(item, [key for _, key in list_filled_keys(operation, None)])
        for call in fetch_error.fetch.entities:
            batch = fetch_error.batches.get(call.alias)
            wanted = set() if batch is None else set(map(id, batch.objects))
            filled = list_filled_keys(operation, call.alias)
            for path in call.paths:
                for location, item in locate_objects(self._data, path):
                    if id(item) in wanted:
                        typename = item.get("__typename")
                        keys = [key for on, key in filled if on is None or typename is None or on == typename]
                        yield location, _put_absent_first(item, keys or [key for _, key in filled])

    def _locate_roots(self, fetch_error: FetchError) -> Iterator[tuple[Location, JsonObject]]:
        """The objects that root fields were asked for: the root, or those at the fetch's paths."""
        if not fetch_error.fetch.entities:
            for path in fetch_error.fetch.paths or ((),):
                yield from locate_objects(self._data, path)

    def _locate(self, fetch_error: FetchError) -> list[Location]:
        """Where the error is, in keys and indices of the merged data."""
        path = fetch_error.path
        if path is None:
            return []
        if not fetch_error.fetch.entities:
            return [(*location, *path) for location, _ in self._locate_roots(fetch_error)]
        alias, *rest = path
        if alias not in fetch_error.batches or not rest or rest[0].__class__ is not int:
            return []
        index, *below = rest
        assert isinstance(index, int)
        return [(*location, *below) for location in self._locate_entities(fetch_error, str(alias)).get(index, [])]

    def _locate_entities(self, fetch_error: FetchError, alias: str) -> dict[int, list[Location]]:
        """The places of each entity of a call, by its index; found once for all errors of the call."""
        known = self._places.get((fetch_error.fetch.id, alias))
        if known is not None:
            return known
        batch = fetch_error.batches[alias]
        index_of = {id(item): index for item, index in zip(batch.objects, batch.indexes, strict=True)}
        found: dict[int, list[Location]] = defaultdict(list)
        for call in fetch_error.fetch.entities:
            if call.alias == alias:
                for path in call.paths:
                    for location, item in locate_objects(self._data, path):
                        if id(item) in index_of:
                            found[index_of[id(item)]].append(location)
        self._places[(fetch_error.fetch.id, alias)] = found
        return found

    def _map(self, selection: OutputSelection, item: Any, location: Location) -> list[Location]:
        """The client's paths for a place; a part that the client did not ask for ends the path above it."""
        if not location:
            return [()]
        key, *rest = location
        mapped: list[Location] = []
        for each in self._list_fields(selection, item):
            if each.source != key or each.name == "__typename":
                continue
            value = item.get(key) if item.__class__ is dict else None
            head: list[str | int] = [each.key]
            below = list(rest)
            while below and isinstance(index := below[0], int):
                below.pop(0)
                head.append(index)
                value = value[index] if value.__class__ is list and 0 <= index < len(value) else None
            tails = self._map(each.selection, value, tuple(below)) if each.selection is not None else [()]
            mapped += [(*head, *tail) for tail in tails]
        return mapped or [()]

    def _list_fields(self, selection: OutputSelection, item: Any) -> Iterator[OutputField]:
        typename = None
        if selection.typename_source is not None and item.__class__ is dict:
            typename = item.get(selection.typename_source)
        for name, fields in selection.by_type:
            if typename is None or name == typename:
                for each in fields:
                    test = build_disjunction_test(each.conditions)
                    if test is None or test(self._variables):
                        yield each


def _put_absent_first(item: JsonObject, keys: list[str]) -> list[str]:
    """What is there was brought by somebody else."""
    return sorted(keys, key=lambda key: key in item)


def _build_entry(fetch_error: FetchError, path: Location) -> dict[str, Any]:
    return {"message": fetch_error.entry["message"], "path": list(path), "extensions": fetch_error.entry["extensions"]}
