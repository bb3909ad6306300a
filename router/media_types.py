"""Media types as HTTP writes them: names in any case, parameters, quoted strings (RFC 9110 section 8.3.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+")
_ESCAPED: Final = re.compile(r"\\(.)")
_WEIGHT: Final = re.compile(r"0(?:\.[0-9]*)?|1(?:\.0*)?")
# A header is as long as its sender likes; only short values are worth the memory of a cache.
_LONGEST_CACHED: Final = 128


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type or range: `name` and the names of `parameters` in lower case, their values without quotes."""

    name: str
    parameters: Mapping[str, str]

    @property
    def weight(self) -> float:
        """The quality value `q`, 1.0 without one and 0.0 for one that is not a number (RFC 9110 section 12.4.2)."""
        written = self.parameters.get("q", "1")
        return float(written) if _WEIGHT.fullmatch(written) else 0.0


def read_media_type(text: str) -> MediaType | None:
    """The media type that `text` says; None when it says none. Parameters that cannot be read are passed over."""
    name, *rest = _split(text, ";")
    name = name.strip().lower()
    if _NAME.fullmatch(name) is None:
        return None
    parameters: dict[str, str] = {}
    for item in rest:
        key, sign, value = item.partition("=")
        if sign:
            parameters.setdefault(key.strip().lower(), _unquote(value.strip()))
    return MediaType(name, parameters)


def read_media_ranges(text: str) -> Iterator[MediaType]:
    """The elements of a list such as `Accept`, in its order; commas in quoted strings do not separate them."""
    for element in _split(text, ","):
        media_type = read_media_type(element)
        if media_type is not None:
            yield media_type


def name_media_type(content_type: str) -> str:
    """The type and subtype of a `Content-Type`, in lower case; "" when it names none.

    Of a header that came several times, and was joined with commas, the last one counts.
    """
    return _name_cached(content_type) if len(content_type) <= _LONGEST_CACHED else _name(content_type)


def _name(content_type: str) -> str:
    names = [item.name for item in read_media_ranges(content_type)]
    return names[-1] if names else ""


_name_cached = lru_cache(maxsize=256)(_name)


def _split(text: str, separator: str) -> list[str]:
    """The pieces between the separators that stand outside of quoted strings, in one pass over the text."""
    if '"' not in text:
        return text.split(separator)
    pieces: list[str] = []
    begin = 0
    is_quoted = is_escaped = False
    for index, character in enumerate(text):
        if is_escaped:
            is_escaped = False
        elif is_quoted and character == "\\":
            is_escaped = True
        elif character == '"':
            is_quoted = not is_quoted
        elif character == separator and not is_quoted:
            pieces.append(text[begin:index])
            begin = index + 1
    return [*pieces, text[begin:]]


def _unquote(value: str) -> str:
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        return _ESCAPED.sub(r"\1", value[1:-1])
    return value
