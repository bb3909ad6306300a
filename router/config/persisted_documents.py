"""Which documents may be run, and how clients may name them instead of sending them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomaticDocumentsConfig:
    """Automatic persisted queries: a client sends the SHA-256 of a document, and its text only the first time.

    At most `max_bytes` of texts are kept, each for `lifetime` seconds; the least recently used leave first.
    """

    enabled: bool = True
    max_bytes: int = 16 * 1024 * 1024
    lifetime: float = 24 * 60 * 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsConfig:
    """Documents that are registered with the router, and what becomes of all others.

    Each of `paths` is a folder of `.graphql` files, one such file, or a JSON manifest: Apollo's, or a map of
    identifiers to texts as Relay writes it. They can be asked for by identifier in every mode. `off` runs any other
    document as well, `log` does so and writes each into the log once, `only` refuses it.
    """

    mode: Literal["off", "log", "only"] = "off"
    paths: tuple[str, ...] = ()
    automatic: AutomaticDocumentsConfig = field(default_factory=AutomaticDocumentsConfig)
