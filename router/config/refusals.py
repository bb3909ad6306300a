"""Values of a wrong type, explained in the words of YAML and with the path to the value."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec

from entrepot.router.config.document import Path

_STEP: Final = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_ENUM: Final = re.compile(r"Invalid enum value (.*)")
_KINDS: Final = {
    "object": "a mapping",
    "array": "a list",
    "null": "nothing",
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
}


def explain_refusal(error: msgspec.ValidationError, values: Any, kind: Any) -> tuple[Path, str]:
    """The path of a value of the wrong type, and what belongs there.

    msgspec writes `[...]` for every key of a mapping; which one it is shows when each is converted alone.
    """
    message, _, place = str(error).partition(" - at `$")
    keys: list[str | int] = []
    for name, index in _STEP.findall(place.rstrip("`")):
        if index != "...":
            keys.append(int(index) if index else name)
            continue
        found = _find(values, keys)
        for key in found if isinstance(found, dict) else ():
            try:
                msgspec.convert(_keep_only(values, keys, key), kind, strict=False)
            except msgspec.ValidationError:
                keys.append(key)
                break
    return tuple(keys), _explain(message, kind, keys)


def _find(values: Any, keys: Sequence[str | int]) -> Any:
    for key in keys:
        values = values[key]
    return values


def _keep_only(values: Any, keys: Sequence[str | int], key: str | int) -> Any:
    """The values with nothing but `key` in the mapping that is found by `keys`."""
    if not keys:
        return {key: values[key]}
    inner = _keep_only(values[keys[0]], keys[1:], key)
    if isinstance(values, list):
        return [inner if index == keys[0] else item for index, item in enumerate(values)]
    return {**values, keys[0]: inner}


def _explain(message: str, kind: Any, keys: Sequence[str | int]) -> str:
    """The message of msgspec in plain words, with the values that are allowed where there are few."""
    enum = _ENUM.fullmatch(message)
    if enum is None:
        plain = re.sub(r"`([\w| ]+)`", lambda match: _name_kinds(match[1]), message)
        return f"{plain[0].lower()}{plain[1:]}."
    allowed = [str(value) for value in _find_choices(kind, keys)]
    nearest = get_close_matches(enum[1].strip("'"), allowed, n=1)
    hint = f", did you mean {nearest[0]}?" if nearest else ""
    return f"{enum[1]} is not allowed here{hint} (one of {', '.join(allowed)})."


def _name_kinds(text: str) -> str:
    return " or ".join(_KINDS.get(part.strip(), part.strip()) for part in text.split("|"))


def _find_choices(kind: Any, keys: Sequence[str | int]) -> tuple[Any, ...]:
    """The values of the Literal that a path leads to."""
    if get_origin(kind) is Literal:
        return get_args(kind) if not keys else ()
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return _find_choices(hints[str(keys[0])], keys[1:]) if keys and keys[0] in hints else ()
    if get_origin(kind) in (dict, Mapping) and keys:
        return _find_choices(get_args(kind)[1], keys[1:])
    if get_origin(kind) is tuple and keys:
        return _find_choices(get_args(kind)[0], keys[1:])
    return next((found for each in get_args(kind) if (found := _find_choices(each, keys))), ())
