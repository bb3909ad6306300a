"""Persisted documents: automatic persisted queries (APQ), manifests of trusted documents, and the safelist."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ApqConfig:
    """Automatic persisted queries (APQ): a client sends the SHA-256 of a document, and its text only the first time."""

    enabled: bool = True
    """Whether documents are stored by their hash."""
    max_bytes: int = 16 * 1024 * 1024
    """The size of the in-memory store; the least recently used documents are evicted first."""
    ttl: float = 24 * 60 * 60.0
    """Seconds for which a document is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersistedDocumentsConfig:
    """Persisted (trusted) documents, which clients may send by identifier, and what happens to all other documents."""

    mode: Literal["off", "log", "safelist"] = "off"
    """`off` runs any document, `log` also logs each one that is not persisted, `safelist` refuses it."""
    paths: tuple[str, ...] = ()
    """Folders of `.graphql` files, single files, and JSON manifests: Apollo's, or a map of identifier to text as the
    Relay compiler writes it."""
    apq: ApqConfig = field(default_factory=ApqConfig)
    """Automatic persisted queries."""
