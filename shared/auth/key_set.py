"""JSON Web Key Sets (RFC 7517): which keys of a set verify tokens, and which algorithms each of them is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import jwt

from entrepot.shared.telemetry import get_logger

_log = get_logger(__name__)
_ALGORITHMS: Final[Mapping[tuple[str, str | None], tuple[str, ...]]] = {
    ("RSA", None): ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("EC", "secp256k1"): ("ES256K",),
    ("OKP", "Ed25519"): ("EdDSA",),
    ("OKP", "Ed448"): ("EdDSA",),
}


@dataclass(frozen=True, slots=True, eq=False)
class VerificationKey:
    """A public key for signatures. `algorithms` is what the key says, or all that its type allows (RFC 7517, 4.4)."""

    key_id: str | None
    algorithms: tuple[str, ...]
    public_key: Any


class KeySource(Protocol):
    """Where the public keys of an issuer come from."""

    async def find_keys(self, key_id: str | None, *, is_outdated: bool = False) -> Sequence[VerificationKey]:
        """The keys of that `kid`, and all keys for None; fetched again once when there is none of that `kid`.

        `is_outdated` says that a token was signed by none of the keys, which is a reason to fetch again, too.
        """
        ...


class KeySet:
    """The usable keys of one JSON Web Key Set, by their id."""

    def __init__(self, keys: Sequence[VerificationKey] = ()) -> None:
        self.keys = tuple(keys)
        self._by_id: dict[str, tuple[VerificationKey, ...]] = {}
        for key in self.keys:
            if key.key_id is not None:
                self._by_id[key.key_id] = (*self._by_id.get(key.key_id, ()), key)
        self._nameless = tuple(key for key in self.keys if key.key_id is None)

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._by_id

    def find(self, key_id: str | None) -> tuple[VerificationKey, ...]:
        """The keys of the id, or else those without any; all keys for None."""
        return self.keys if key_id is None else self._by_id.get(key_id, self._nameless)


class StaticKeys:
    """A fixed JSON Web Key Set; raises ValueError when it is no key set."""

    def __init__(self, key_set: Mapping[str, Any]) -> None:
        self._keys = read_key_set(key_set)

    async def find_keys(self, key_id: str | None, *, is_outdated: bool = False) -> Sequence[VerificationKey]:
        del is_outdated
        return self._keys.find(key_id)


def read_key_set(key_set: Mapping[str, Any]) -> KeySet:
    """The keys of a set that verify signatures; each other key is left out and spoils nothing (RFC 7517, section 5).

    Raises ValueError for what is not a key set.
    """
    entries = key_set.get("keys") if isinstance(key_set, dict) else None
    if not isinstance(entries, list):
        raise ValueError("A JSON Web Key Set is an object with a list of `keys`.")  # noqa: TRY004 - from afar
    return KeySet(list(_read_keys(entries)))


def _read_keys(entries: list[Any]) -> Iterator[VerificationKey]:
    for number, entry in enumerate(entries):
        try:
            key = _read_key(entry)
        except Exception as error:  # noqa: BLE001 - whatever a library says of a stranger's key, the others are good
            _log.warning("jwks.key_left_out", number=number, error=repr(error))
            continue
        if key is not None:
            yield key


def _read_key(entry: Any) -> VerificationKey | None:
    """The key; None for one that is not to verify signatures. Raises for a malformed one."""
    if not isinstance(entry, dict):
        raise TypeError("A key is a JSON object.")
    key_id, algorithm, operations = entry.get("kid"), entry.get("alg"), entry.get("key_ops")
    if not all(isinstance(value, str | None) for value in (key_id, algorithm)):
        raise TypeError("`kid` and `alg` are text.")
    if operations is not None and not isinstance(operations, list):
        raise TypeError("`key_ops` is a list.")
    # Sections 4.2 and 4.3: a key is for what it says; one that says nothing is for anything.
    if entry.get("use", "sig") != "sig" or (operations is not None and "verify" not in operations):
        return None
    possible = _ALGORITHMS.get((str(entry.get("kty")), entry.get("crv")))
    if possible is None or (algorithm is not None and algorithm not in possible):
        return None
    # The library guesses an algorithm where the key names none; only its reading of the numbers is used.
    read = jwt.PyJWK(entry, algorithm or possible[0]).key
    public_key = read.public_key() if hasattr(read, "public_key") else read
    return VerificationKey(key_id, (algorithm,) if algorithm else possible, public_key)
