"""`Cache-Control` and `Age` of responses: parsed, combined and written (RFC 9111)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

_OK: Final = 200
_FORBIDDING: Final = ("no-store", "no-cache")


@dataclass(frozen=True, slots=True)
class Freshness:
    """A response is fresh for `seconds` more, for all callers if it `is_public`; `age` is its age in seconds."""

    seconds: float
    is_public: bool = False
    age: float = 0.0

    def to_headers(self) -> dict[str, str]:
        """The freshness as header fields."""
        scope = "public" if self.is_public else "private"
        headers = {"cache-control": f"{scope}, max-age={math.floor(self.seconds + self.age)}"}
        return headers | {"age": str(math.ceil(self.age))} if self.age else headers


def read_freshness(
    status: int, headers: Mapping[str, str], ttl: float | None = None, *, is_public: bool = False
) -> Freshness | None:
    """The freshness of a response by its header fields; None when it must not be cached.

    `ttl` and `is_public` apply to a response without `Cache-Control`. Invalid values count as stale (section 4.2.1).
    """
    if status != _OK or "set-cookie" in headers or headers.get("vary", "").strip() == "*":
        return None
    directives = _parse_directives(headers.get("cache-control", ""))
    if any(name in directives for name in _FORBIDDING):
        return None
    says_public = "public" in directives and "private" not in directives
    given = directives.get("s-maxage") if says_public and "s-maxage" in directives else directives.get("max-age")
    is_public = says_public or (is_public and not directives)
    age = _parse_seconds(headers.get("age", "0"))
    seconds = ttl if given is None else _parse_seconds(given)
    if seconds is None or age is None or seconds <= age:
        return None
    return Freshness(seconds - age, is_public, age)


def combine(parts: Iterable[Freshness | None]) -> Freshness | None:
    """The freshness of a response made of these parts: the shortest, private if any is; None if any is None."""
    found: list[Freshness] = []
    for part in parts:
        if part is None:
            return None
        found.append(part)
    if not found:
        return None
    seconds = min(part.seconds for part in found)
    return Freshness(seconds, all(part.is_public for part in found), max(part.age for part in found))


def _parse_directives(text: str) -> dict[str, str]:
    directives: dict[str, str] = {}
    for item in text.split(","):
        name, _, value = item.strip().partition("=")
        if name:
            directives[name.lower()] = value.strip().strip('"')
    return directives


def _parse_seconds(text: str) -> float | None:
    text = text.strip()
    return float(text) if text.isascii() and text.isdecimal() else None
