"""How a running router takes over a changed supergraph or configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta


@dataclass(frozen=True, slots=True, kw_only=True)
class ReloadConfig:
    """When what the router serves is built anew, and what then becomes of streams that are open.

    With `watch`, the files of the supergraph and of the configuration, and those that it names, are looked at every
    `interval` seconds. The signal SIGHUP reloads in any case. Before the change the documents asked for most are
    planned, `warm_documents` at most. `streams` that are open are kept, on the supergraph that they began with, or told
    to reconnect, all of them within `reconnect_seconds`.
    """

    watch: bool = True
    interval: Annotated[float, Meta(gt=0)] = 1.0
    warm_documents: Annotated[int, Meta(ge=0)] = 1_000
    streams: Literal["keep", "reconnect"] = "keep"
    reconnect_seconds: Annotated[float, Meta(ge=0)] = 10.0
