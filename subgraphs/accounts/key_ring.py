"""The keys that access tokens are signed with: which signs now, which are published, and when the next takes over.

A key is published a while before it signs, and stays published until the last token it signed has expired:
    created --lead--> signs ------------> its successor signs --lifetime of a token--> removed
So no token is ever met by a router that cannot verify it, however long that router keeps the key set.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

from entrepot.shared.auth import VerificationKey, read_key_set
from entrepot.shared.clock import Clock
from entrepot.subgraphs.accounts.config import AccountsSettings
from entrepot.subgraphs.accounts.key_files import (
    KeyFile,
    SigningKey,
    generate_key_text,
    list_key_numbers,
    read_key,
    remove_key,
    write_key,
)

TOKEN_MARGIN: Final = timedelta(seconds=60)
"""How much longer than it lives a token is reckoned with: the leeway of verifiers, and more."""


class KeyRing:
    """The keys in one folder, which several processes may share; also a `KeySource` for verification at home."""

    def __init__(self, folder: Path, clock: Clock, settings: AccountsSettings) -> None:
        self._folder = folder
        self._clock = clock
        self._settings = settings
        self._keys: dict[int, SigningKey] = {}
        self._looked_at = 0.0

    @classmethod
    def open(cls, folder: Path, clock: Clock, settings: AccountsSettings) -> Self:
        """The ring of the folder; makes the first key, which signs at once, when there is none."""
        ring = cls(folder, clock, settings)
        ring._load()
        if not ring._keys:
            now = clock.now()
            write_key(folder, 1, KeyFile(now, now, generate_key_text()))
            ring._load()
        return ring

    def signing_key(self) -> SigningKey:
        """The key that signs now."""
        self._look()
        now = self._clock.now()
        active = [key for key in self._ordered() if key.signs_from <= now]
        return active[-1] if active else self._ordered()[0]

    def published_keys(self) -> list[SigningKey]:
        """The keys with which a living token may be signed, now or soon, oldest first."""
        self._look()
        now = self._clock.now()
        return [key for key in self._ordered() if not self._is_over(key, now)]

    def public_key_set(self) -> dict[str, Any]:
        """The JSON Web Key Set (RFC 7517) of the published keys."""
        return {"keys": [key.public_jwk for key in self.published_keys()]}

    def retired_at(self, key: SigningKey) -> datetime | None:
        """When its successor takes over from the key; None while it has none."""
        later = [other.signs_from for other in self._ordered() if other.number > key.number]
        return later[0] if later else None

    async def find_keys(self, key_id: str | None, *, is_outdated: bool = False) -> Sequence[VerificationKey]:
        """The published keys of that `kid`, as a source of keys for verifying tokens."""
        del is_outdated
        return read_key_set(self.public_key_set()).find(key_id)

    async def rotate(self) -> SigningKey:
        """The successor of the newest key, made here or by a faster process; it signs after the publication lead."""
        self._load()
        # Chosen before the work: the process that writes this number first has rotated, the other finds it taken.
        number = max(self._keys) + 1
        text = await asyncio.to_thread(generate_key_text)
        now = self._clock.now()
        signs_from = now + timedelta(seconds=self._settings.key_publication_lead)
        write_key(self._folder, number, KeyFile(now, signs_from, text))
        self._load()
        return self._ordered()[-1]

    async def rotate_when_due(self) -> bool:
        """Make a successor when the newest key has signed for long enough; whether that was done."""
        self._load()
        due = self._ordered()[-1].signs_from + timedelta(seconds=self._settings.key_rotation_interval)
        if self._clock.now() + timedelta(seconds=self._settings.key_publication_lead) < due:
            return False
        await self.rotate()
        return True

    def remove_expired(self) -> int:
        """Delete the keys whose last token has expired; answers how many."""
        now = self._clock.now()
        expired = [key for key in self._ordered() if self._is_over(key, now)]
        for key in expired:
            remove_key(self._folder, key.number)
            del self._keys[key.number]
        return len(expired)

    def _ordered(self) -> list[SigningKey]:
        return [self._keys[number] for number in sorted(self._keys)]

    def _is_over(self, key: SigningKey, now: datetime) -> bool:
        retired = self.retired_at(key)
        lifetime = timedelta(seconds=self._settings.access_token_lifetime)
        return retired is not None and retired + lifetime + TOKEN_MARGIN <= now

    def _look(self) -> None:
        """Look for keys of other processes, now and then: at least once while such a key is not signing yet."""
        if self._clock.monotonic() - self._looked_at >= self._settings.key_set_max_age:
            self._load()

    def _load(self) -> None:
        self._looked_at = self._clock.monotonic()
        numbers = list_key_numbers(self._folder)
        # A key in memory that is gone from the folder was removed because it is over.
        keys = {number: self._keys.get(number) or read_key(self._folder, number) for number in numbers}
        self._keys = {number: key for number, key in keys.items() if key is not None}
