"""Passwords: which are strong enough, and their argon2id hashes, computed beside the event loop."""

from __future__ import annotations

import asyncio
import base64
import unicodedata
from typing import Final, Protocol

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from entrepot.shared.randomness import Randomness
from entrepot.subgraphs.accounts.common_passwords import COMMON_PASSWORDS
from entrepot.subgraphs.accounts.config import AccountsSettings
from entrepot.subgraphs.accounts.errors import WeakPassword

MIN_LENGTH: Final = 10
MAX_LENGTH: Final = 128
_MAX_RAW_LENGTH: Final = 4 * MAX_LENGTH
_SALT_LENGTH: Final = 16
_HASH_LENGTH: Final = 32


class Passwords(Protocol):
    """What accounts ask of a way to keep passwords."""

    async def hash(self, password: str) -> str:
        """The text to store; another one each time."""
        ...

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether it is the password behind the stored text; None takes as long, and is never right."""
        ...

    def needs_rehash(self, stored: str) -> bool:
        """Whether the stored text was made with parameters other than today's."""
        ...


class Argon2Passwords:
    """Argon2id (RFC 9106), in threads, so that other requests go on, and only so many at a time."""

    def __init__(self, settings: AccountsSettings, randomness: Randomness) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.argon2_time_cost,
            memory_cost=settings.argon2_memory_kib,
            parallelism=settings.argon2_parallelism,
            hash_len=_HASH_LENGTH,
            salt_len=_SALT_LENGTH,
        )
        self._randomness = randomness
        self._turns = asyncio.Semaphore(settings.password_threads)
        self._unknown = self._build_unknown()

    async def hash(self, password: str) -> str:
        salt = self._randomness.token_bytes(_SALT_LENGTH)
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, _to_bytes(password), salt=salt)

    async def verify(self, stored: str | None, password: str) -> bool:
        async with self._turns:
            return await asyncio.to_thread(self._verify, stored or self._unknown, _to_bytes(password))

    def needs_rehash(self, stored: str) -> bool:
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except VerifyMismatchError:
            return False

    def _build_unknown(self) -> str:
        """A hash of today's parameters whose password nobody knows: chance made it, no password did."""
        salt, digest = (
            base64.b64encode(self._randomness.token_bytes(size)).decode().rstrip("=")
            for size in (_SALT_LENGTH, _HASH_LENGTH)
        )
        hasher = self._hasher
        parameters = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
        return f"$argon2id$v=19${parameters}${salt}${digest}"


def check_strength(password: str, email: str, *, field: str = "password") -> None:
    """Raises WeakPassword, with the input's field as its path, for what is too short, too long or easily guessed."""
    normal = _normalize(password)
    guess = normal.casefold()
    if len(password) > _MAX_RAW_LENGTH or not MIN_LENGTH <= len(normal) <= MAX_LENGTH:
        raise WeakPassword(f"A password has from {MIN_LENGTH} to {MAX_LENGTH} characters.", path=(field,))
    if guess in COMMON_PASSWORDS or len(set(guess)) == 1:
        raise WeakPassword("This password is among the first that anybody tries. Choose another.", path=(field,))
    if guess in (email, email.partition("@")[0]):
        raise WeakPassword("A password must not be the email address. Choose another.", path=(field,))


def _normalize(password: str) -> str:
    """One form for what looks the same, whichever keyboard typed it (NIST SP 800-63B section 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def _to_bytes(password: str) -> bytes:
    # What is longer than any stored password is wrong whatever follows, so only its beginning is worked on.
    return _normalize(password[:_MAX_RAW_LENGTH]).encode("utf-8", "surrogatepass")[:_MAX_RAW_LENGTH]
