"""What a change of a published contract breaks: others have events by the old schema, and programs that read by it.

A version may gain a field that need not be there. Everything else that differs (a field gone, of another type, newly
required or no longer certain) is a new version beside the old one, with an `upcast`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

Schema = Mapping[str, Any]

_SAID_ONLY: Final = frozenset({"$schema", "$id", "$defs", "title", "description", "default", "examples"})
"""Members of a schema that say nothing of which values it takes."""
_WALKED: Final = frozenset({"properties", "required", "items", "prefixItems", "anyOf"})


def find_breaks(published: Schema, changed: Schema) -> Sequence[str]:
    """Every way in which the changed schema is not what was published plus optional fields; empty when it is that.

    Each says where, as a path from the event's data, and what. Both schemas are JSON Schema as msgspec writes it.
    """
    return list(_Comparison(published, changed).walk("data", published, changed))


class _Comparison:
    def __init__(self, published: Schema, changed: Schema) -> None:
        self._published = published
        self._changed = changed
        self._seen: set[tuple[str, str]] = set()

    def walk(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        references = old.get("$ref"), new.get("$ref")
        if references[0] and references[1]:
            # A type that holds itself is compared once.
            if (references[0], references[1]) in self._seen:
                return
            self._seen.add((references[0], references[1]))
        old, new = _resolve(self._published, old), _resolve(self._changed, new)
        if _facts(old) != _facts(new):
            yield f"{path} is of another type"
            return
        yield from self._walk_fields(path, old, new)
        yield from self._walk_parts(path, old, new)

    def _walk_fields(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before:
            if name not in after:
                yield f"{path}.{name} is gone"
            else:
                yield from self.walk(f"{path}.{name}", before[name], after[name])
        was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(is_required - was_required):
            yield f"{path}.{name} is newly required"
        for name in sorted((was_required - is_required) & set(after)):
            yield f"{path}.{name} is no longer certain to be there"

    def _walk_parts(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        for member in ("items", "prefixItems", "anyOf"):
            parts = _list_parts(old.get(member)), _list_parts(new.get(member))
            if len(parts[0]) != len(parts[1]):
                yield f"{path} is of another type"
                continue
            for number, (before, after) in enumerate(zip(*parts, strict=True)):
                place = f"{path}[]" if member == "items" else f"{path}[{number}]" if member == "prefixItems" else path
                yield from self.walk(place, before, after)


def _resolve(root: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


def _facts(schema: Schema) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name not in _SAID_ONLY | _WALKED}


def _list_parts(value: Any) -> Sequence[Schema]:
    if isinstance(value, Mapping):
        return [value]
    return value if isinstance(value, list) else []
