"""What a router says when it answers: where it is and what it serves, for a person or as one line of the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from entrepot.router.config import RouterConfig
from entrepot.shared.telemetry import get_logger

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """`url` is the endpoint, `explorer` whether a browser gets a page there, `metrics` their URL if they are served."""

    url: str
    explorer: bool
    supergraph: str
    subgraphs: Mapping[str, str]
    metrics: str | None

    def print(self) -> str:
        """Lines for a terminal."""
        width = max(map(len, self.subgraphs), default=0)
        page = " (a browser shows the explorer)" if self.explorer else ""
        lines = [f"The router answers at {self.url}{page}.", f"Supergraph: {self.supergraph}"]
        lines += ["Subgraphs:", *(f"  {name:<{width}}  {url}" for name, url in sorted(self.subgraphs.items()))]
        if self.metrics is not None:
            lines.append(f"Metrics: {self.metrics}")
        return "\n".join(["", *lines, "", "Ctrl+C stops it."])

    def log(self) -> None:
        """One line of the log."""
        _log.info(
            "router.ready",
            url=self.url,
            explorer=self.explorer,
            supergraph=self.supergraph,
            subgraphs=dict(self.subgraphs),
            metrics=self.metrics,
        )


def build_greeting(
    config: RouterConfig, origin: str, metrics: str | None, urls: Mapping[str, str], supergraph: str
) -> Greeting:
    """The greeting of a router that listens at `origin`; `metrics` is the origin of a port of their own, if any."""
    section = config.observability.metrics
    return Greeting(
        url=origin + config.server.path,
        explorer=config.explorer.enabled,
        supergraph=supergraph,
        subgraphs=urls,
        metrics=(metrics or origin) + section.path if section.enabled else None,
    )
