"""The deep merge of subgraph responses into one tree of data."""

from __future__ import annotations

from typing import Any


def merge_object(target: dict[str, Any], source: dict[str, Any]) -> None:
    """Add the keys of `source` to `target`: objects merge, lists element by element, a null never hides a value.

    What `target` lacks is taken over as it is, not copied.
    """
    for key, value in source.items():
        existing = target.get(key)
        if existing is None:
            target[key] = value
        elif value is not None and existing is not value:
            target[key] = _merge_values(existing, value)


def copy_value(value: Any) -> Any:
    """A copy of JSON data whose objects and lists are its own."""
    if value.__class__ is dict:
        return {key: copy_value(item) for key, item in value.items()}
    if value.__class__ is list:
        return [copy_value(item) for item in value]
    return value


def has_composites(source: dict[str, Any]) -> bool:
    """Whether any value is null, an object or a list, so that `dict.update` would not do for a merge."""
    return any(value is None or value.__class__ is dict or value.__class__ is list for value in source.values())


def _merge_values(existing: Any, value: Any) -> Any:
    if existing.__class__ is dict and value.__class__ is dict:
        merge_object(existing, value)
        return existing
    if existing.__class__ is list and value.__class__ is list:
        # Lists of other lengths come from subgraphs that disagree; what was there first stays.
        for index, item in enumerate(value[: len(existing)]):
            if existing[index] is None:
                existing[index] = item
            elif item is not None and existing[index] is not item:
                existing[index] = _merge_values(existing[index], item)
        return existing
    return value
