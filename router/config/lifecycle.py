"""Hot reload: how a running router replaces its supergraph or configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta


@dataclass(frozen=True, slots=True, kw_only=True)
class ReloadConfig:
    """Hot reload of the supergraph and the configuration. The signal SIGHUP always reloads."""

    watch: bool = True
    """Whether the supergraph, the configuration and the files that it names are watched for changes."""
    poll_interval: Annotated[float, Meta(gt=0)] = 1.0
    """Seconds between two checks of the watched files."""
    warm_up_documents: Annotated[int, Meta(ge=0)] = 1_000
    """How many of the most used documents are planned before the new supergraph is used."""
    streams: Literal["keep", "reconnect"] = "keep"
    """Whether open subscriptions stay on the old supergraph, or are closed so that clients reconnect."""
    reconnect_seconds: Annotated[float, Meta(ge=0)] = 10.0
    """Seconds over which `streams: reconnect` spreads the closing."""
