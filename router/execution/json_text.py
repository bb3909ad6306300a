"""JSON to and from bytes: orjson, with the integers and texts that orjson loses or refuses."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

import orjson

# orjson reads an integer beyond 64 bits as a float, without a word. Such a one has at least 19 digits, so that a look
# at every sixth byte meets it three times in a row: cheap enough to do for every body, exact enough to be rare.
_STRIDE = 6
_DIGITS = bytes(ord("1") if chr(byte).isdecimal() else ord(" ") for byte in range(256))
_LONG_INTEGER = re.compile(rb"[0-9]{19}")


def decode_json(text: bytes) -> Any:
    """The value that the JSON `text` says, integers exact at any length; raises ValueError when it is not JSON."""
    if b"111" in text[::_STRIDE].translate(_DIGITS) and _LONG_INTEGER.search(text):
        return _decode_slowly(text)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # A lone surrogate is refused by orjson but is valid JSON; what is invalid fails here again.
        return _decode_slowly(text)


def encode_json(value: Any) -> bytes:
    """The JSON text of `value`, in UTF-8; integers beyond 64 bits and lone surrogates survive.

    Raises TypeError for a value that JSON cannot say.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        pass
    try:
        return json.dumps(value, separators=(",", ":")).encode()
    except RecursionError:
        return _encode_deep(value)


def _encode_deep(value: Any) -> bytes:
    """The text of a value that is nested too deeply for an encoder that calls itself."""
    pieces: list[str] = []
    # What is still to be written, the next one last: texts as they are, and values.
    waiting: list[tuple[bool, Any]] = [(False, value)]
    while waiting:
        is_text, item = waiting.pop()
        if is_text:
            pieces.append(item)
        elif isinstance(item, dict):
            waiting.append((True, "}"))
            for index, (key, inner) in reversed([*enumerate(item.items())]):
                waiting += ((False, inner), (True, ("," if index else "") + json.dumps(key) + ":"))
            waiting.append((True, "{"))
        elif isinstance(item, list | tuple):
            waiting.append((True, "]"))
            for index, inner in reversed([*enumerate(item)]):
                waiting += ((False, inner), (True, "," if index else ""))
            waiting.append((True, "["))
        else:
            pieces.append(json.dumps(item))
    return "".join(pieces).encode()


def _decode_slowly(text: bytes) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_parse_float)
    except RecursionError as cause:
        raise ValueError("The JSON is nested too deeply.") from cause


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON.")


def _parse_float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise ValueError("A number is too large.")
    return value
