"""Values of an entry as JSON: personal ones are replaced by a reference, secret ones left out, long ones hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from entrepot.shared.randomness import Randomness

MAX_TEXT: Final = 4_000
"""Longer texts are replaced by their length and hash: a row has to be of a bounded size."""

_REFERENCE: Final = "personal"
_SUBJECT: Final = "subject"
_ERASED: Final = {"erased": True}
_SECRET: Final = {"secret": True}
_PERSONAL_NAMES: Final = frozenset({"displayname", "firstname", "fullname", "lastname", "phonenumber"})
_PERSONAL_ENDS: Final = ("address", "email", "phone")
_SECRET_PARTS: Final = ("password", "secret")
_SECRET_ENDS: Final = ("token", "tokenhash")


@dataclass(frozen=True, slots=True)
class PersonalValue:
    """A personal value and where it was in the entry, such as `after.email`."""

    place: str
    subject: str
    salt: str
    value: str


class ValueWriter:
    """Turns the values of one entry into JSON; `personal` has the personal values that it replaced."""

    def __init__(self, names: Collection[str], subject: str, randomness: Randomness) -> None:
        self._names = frozenset(map(_normalize, names)) | _PERSONAL_NAMES
        self._subject = subject
        self._randomness = randomness
        self.personal: list[PersonalValue] = []

    def write(self, place: str, values: Mapping[str, Any] | None) -> str | None:
        """The values as JSON text; None for none."""
        if not values:
            return None
        return encode(self._replace(place, msgspec.to_builtins(values, str_keys=True, enc_hook=str)))

    def refer(self, place: str, value: Any, subject: str) -> dict[str, str]:
        """What stands for a personal value in the entry."""
        salt = self._randomness.token_bytes(16).hex()
        kept = PersonalValue(place, subject, salt, encode(value))
        self.personal.append(kept)
        return {_REFERENCE: hash_personal(kept.salt, kept.value), _SUBJECT: subject}

    def _replace(self, place: str, value: Any, name: str = "") -> Any:
        if _is_secret(name):
            return value and _SECRET
        if value is not None and (name in self._names or name.endswith(_PERSONAL_ENDS)):
            return self.refer(place, value, self._subject)
        if isinstance(value, dict):
            return {key: self._replace(f"{place}.{key}", each, _normalize(key)) for key, each in value.items()}
        if isinstance(value, list):
            return [self._replace(f"{place}.{number}", each) for number, each in enumerate(value)]
        return _shorten(value)


def encode(value: Any) -> str:
    """JSON with sorted names, so that equal values have equal text."""
    return msgspec.json.encode(value, order="deterministic").decode()


def hash_personal(salt: str, value: str) -> str:
    """The hash that stands for the value in the entry; without the salt nobody can try values against it."""
    return hashlib.sha256(f"{salt}:{value}".encode()).hexdigest()


def find_references(place: str, text: str | None) -> Iterator[tuple[str, str, str]]:
    """Place, hash and subject of each personal value that the JSON text refers to."""
    if text is not None:
        yield from _find(place, msgspec.json.decode(text))


def restore(place: str, text: str | None, values: Mapping[str, str]) -> str | None:
    """The JSON text with the personal values that are still there, by place, in the places of their references."""
    return None if text is None else encode(_restore(place, msgspec.json.decode(text), values))


def _find(place: str, value: Any) -> Iterator[tuple[str, str, str]]:
    if _is_reference(value):
        yield place, value[_REFERENCE], value[_SUBJECT]
    else:
        for name, each in _items(value):
            yield from _find(f"{place}.{name}", each)


def _restore(place: str, value: Any, values: Mapping[str, str]) -> Any:
    if _is_reference(value):
        return msgspec.json.decode(values[place]) if place in values else _ERASED
    if isinstance(value, dict):
        return {name: _restore(f"{place}.{name}", each, values) for name, each in value.items()}
    if isinstance(value, list):
        return [_restore(f"{place}.{number}", each, values) for number, each in enumerate(value)]
    return value


def _items(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _is_reference(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {_REFERENCE, _SUBJECT}


def _shorten(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return {"characters": len(value), "sha256": hashlib.sha256(value.encode()).hexdigest()}
    return value


def _normalize(name: str) -> str:
    return name.replace("_", "").lower()


def _is_secret(name: str) -> bool:
    return any(part in name for part in _SECRET_PARTS) or name.endswith(_SECRET_ENDS)
