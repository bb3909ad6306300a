"""Changes of event contracts: JSON Schemas, one per type and version of an event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from entrepot.router.checks.change import Change

Schema = Mapping[str, Any]
_ANY: Final = "any"


def compare_events(base: Mapping[str, Schema], head: Mapping[str, Schema]) -> Iterator[Change]:
    """The changes of contracts by name, such as `orders.order.placed.v1`, for those who consume the events.

    Consumers of the base read the events of the head, and consumers of the head read events that were stored before.
    """
    for name in sorted(base.keys() - head.keys()):
        yield Change.of("EVENT_REMOVED", name, f"The event contract {name} is removed.")
    for name in sorted(head.keys() - base.keys()):
        yield Change.of("EVENT_ADDED", name, f"The event contract {name} is added.")
    for name in sorted(base.keys() & head.keys()):
        yield from _Comparison(name, base[name], head[name]).compare()


class _Comparison:
    """Of one contract; a path such as `lines[].quantity` names a field."""

    def __init__(self, name: str, base: Schema, head: Schema) -> None:
        self._name = name
        self._base = base
        self._head = head
        self._seen: set[tuple[str, str]] = set()

    def compare(self) -> Iterator[Change]:
        yield from self._compare("", self._base, self._head)

    def _compare(self, path: str, before: Schema, after: Schema) -> Iterator[Change]:
        references = str(before.get("$ref", "")), str(after.get("$ref", ""))
        if all(references):
            if references in self._seen:
                return
            self._seen.add(references)
        was, now = _split(before, self._base), _split(after, self._head)
        if lost := sorted(kind for kind in now if not _is_covered(kind, was)):
            message = f"may be {' or '.join(lost)} now; it was {' or '.join(sorted(was))}"
            yield self._change("EVENT_FIELD_TYPE_CHANGED", path, message)
        elif gone := sorted(kind for kind in was if not _is_covered(kind, now)):
            yield self._change("EVENT_FIELD_TYPE_NARROWED", path, f"is no longer {' or '.join(gone)}")
        yield from self._compare_values(path, before, after)
        if "object" in was and "object" in now:
            yield from self._compare_properties(path, was["object"], now["object"])
        if "array" in was and "array" in now:
            yield from self._compare(f"{path}[]", was["array"].get("items", {}), now["array"].get("items", {}))

    def _compare_properties(self, path: str, before: Schema, after: Schema) -> Iterator[Change]:
        was, now = before.get("properties", {}), after.get("properties", {})
        required, requires = set(before.get("required", ())), set(after.get("required", ()))
        for field in sorted(was.keys() - now.keys()):
            yield self._change("EVENT_FIELD_REMOVED", _join(path, field), "is removed")
        for field in sorted(now.keys() - was.keys()):
            code = "EVENT_REQUIRED_FIELD_ADDED" if field in requires else "EVENT_FIELD_ADDED"
            advice = (
                "is added without a default: events that are stored do not have it" if field in requires else "is added"
            )
            yield self._change(code, _join(path, field), advice)
        for field in sorted(was.keys() & now.keys()):
            if field in required and field not in requires:
                yield self._change("EVENT_FIELD_OPTIONAL", _join(path, field), "may be absent now")
            if field in requires and field not in required:
                message = "must be there now: events that are stored may not have it"
                yield self._change("EVENT_FIELD_REQUIRED", _join(path, field), message)
            yield from self._compare(_join(path, field), was[field], now[field])
        extra, others = before.get("additionalProperties"), after.get("additionalProperties")
        if isinstance(extra, Mapping) and isinstance(others, Mapping):
            yield from self._compare(f"{path}{{}}", extra, others)

    def _compare_values(self, path: str, before: Schema, after: Schema) -> Iterator[Change]:
        was, now = before.get("enum"), after.get("enum")
        if was is not None and (now is None or set(map(str, now)) - set(map(str, was))):
            yield self._change("EVENT_VALUE_ADDED", path, "may have values that it had not")

    def _change(self, code: str, path: str, message: str) -> Change:
        coordinate = f"{self._name}#{path}" if path else self._name
        subject = f"The field {path} of the event {self._name}" if path else f"The event {self._name}"
        return Change.of(code, coordinate, f"{subject} {message}.")


def _split(schema: Schema, root: Schema) -> dict[str, Schema]:
    """The schema by kind of value, such as string, null or object; references are followed."""
    resolved = _resolve(schema, root)
    alternatives = resolved.get("anyOf") or resolved.get("oneOf")
    if alternatives:
        return {kind: each for one in alternatives for kind, each in _split(one, root).items()}
    kinds = resolved.get("type", _ANY)
    return {str(kind): resolved for kind in ([kinds] if isinstance(kinds, str) else kinds)}


def _resolve(schema: Schema, root: Schema) -> Schema:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part, {}) if isinstance(found, Mapping) else {}
    return found if isinstance(found, Mapping) else {}


def _is_covered(kind: str, kinds: Mapping[str, Schema]) -> bool:
    return _ANY in kinds or kind in kinds or (kind == "integer" and "number" in kinds)


def _join(path: str, field: str) -> str:
    return f"{path}.{field}" if path else field
