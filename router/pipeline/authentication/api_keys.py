"""API keys, stored as hashes with the claims that they stand for."""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

import msgspec

from entrepot.router.config import ApiKeyConfig
from entrepot.router.errors import ApiKeyExpired, ApiKeyInvalid, ConfigurationInvalid
from entrepot.router.pipeline.authentication.caller import Caller
from entrepot.shared.auth import Principal
from entrepot.shared.clock import Clock

_MAX_LENGTH: Final = 1024


class ApiKeys:
    """Exchanges keys for callers.

    Keys are found by the first byte of their hash, and the rest is compared in constant time: how long an answer takes
    tells nothing of the hashes that are kept.
    """

    def __init__(self, keys: Iterable[ApiKeyConfig], clock: Clock) -> None:
        self._clock = clock
        self._keys: defaultdict[int, list[tuple[bytes, ApiKeyConfig]]] = defaultdict(list)
        names: set[str] = set()
        for key in keys:
            if key.expires is not None and key.expires.tzinfo is None:
                raise ConfigurationInvalid(f"The API key {key.name} expires at a moment without time zone. Add `Z`.")
            if key.name in names:
                raise ConfigurationInvalid(f"The API key {key.name} is listed twice; each needs a name of its own.")
            names.add(key.name)
            digest = bytes.fromhex(key.sha256)
            self._keys[digest[0]].append((digest, key))

    def exchange(self, text: str) -> Caller:
        """Whom the key stands for; raises ApiKeyInvalid and ApiKeyExpired."""
        digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
        found: ApiKeyConfig | None = None
        for known, key in self._keys.get(digest[0], ()):
            if hmac.compare_digest(known, digest):
                found = key
        if found is None or len(text) > _MAX_LENGTH:
            raise ApiKeyInvalid("The API key is not accepted here. Check it, or ask for another.")
        if found.expires is not None and found.expires <= self._clock.now():
            raise ApiKeyExpired("The API key has expired. Ask for another.")
        principal = Principal(
            user_id=found.subject,
            scopes=frozenset(found.scopes),
            token_id=f"api-key:{found.name}",
            expires_at=found.expires,
        )
        return Caller(principal, frozenset(found.policies), api_key=text, key_name=found.name)


def parse_api_keys(content: bytes, origin: str) -> list[ApiKeyConfig]:
    """The keys in a JSON file, which is a list of them; raises ConfigurationInvalid."""
    try:
        return msgspec.json.decode(content, type=list[ApiKeyConfig])
    except msgspec.MsgspecError as error:
        raise ConfigurationInvalid(f"The file {origin} is no list of API keys: {error}") from error
