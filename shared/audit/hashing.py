"""Hashes of entries and links, and signatures of heads; each covers a list of values as JSON, with its own first."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Row

_ENTRY: Final = "entrepot-audit-entry-1"
_LINK: Final = "entrepot-audit-link-1"
_HEAD: Final = "entrepot-audit-head-1"
_ENTRY_FIELDS: Final = (
    "sequence",
    "transaction_id",
    "id",
    "occurred_at",
    "actor",
    "impersonator",
    "scopes",
    "action",
    "object_type",
    "object_id",
    "before",
    "after",
    "client_address",
    "request_id",
    "trace_id",
    "reason",
)
_LINK_FIELDS: Final = (
    "position",
    "epoch",
    "transaction_id",
    "sequence",
    "entry_id",
    "digest",
    "previous",
    "linked_at",
)


def hash_entry(row: Row[Any]) -> str:
    """The digest of all columns of an entry."""
    return hashlib.sha256(_encode(_ENTRY, *(getattr(row, name) for name in _ENTRY_FIELDS))).hexdigest()


def hash_link(link: dict[str, Any]) -> str:
    """The hash of a link, which covers the digest of its entry and the hash of the link before it."""
    return hashlib.sha256(_encode(_LINK, *(link[name] for name in _LINK_FIELDS))).hexdigest()


def first_previous(source: str) -> str:
    """What the first link of a subgraph's chain refers to: chains of two subgraphs cannot be exchanged."""
    return hashlib.sha256(_encode(_LINK, source)).hexdigest()


def sign_head(key: bytes, source: str, position: int, hash_: str, linked_at: datetime) -> str:
    """The signature (HMAC-SHA256) of a chain's head."""
    return hmac.new(key, _encode(_HEAD, source, position, hash_, linked_at), hashlib.sha256).hexdigest()


def _encode(*values: Any) -> bytes:
    return msgspec.json.encode([_write(value) for value in values])


def _write(value: Any) -> Any:
    # Databases differ in the zone that they answer in, not in the moment.
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
