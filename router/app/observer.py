"""The observer of requests, built once from the configuration: it survives reloads, and so do its counters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrepot.router.config import RouterConfig
from entrepot.shared.clock import Clock
from entrepot.shared.randomness import Randomness

if TYPE_CHECKING:
    from entrepot.router.observe import Observer


def build_observer(config: RouterConfig, clock: Clock, randomness: Randomness) -> Observer | None:
    """The observer that is configured, None when everything is off; raises ConfigurationInvalid."""
    section = config.observability
    if not (section.metrics.enabled or section.tracing.enabled or section.access_log.enabled):
        return None
    # Not before: libraries for what is off are not even loaded.
    from entrepot.router.observe import AccessLog, Metrics, Observer, build_tracing

    return Observer(
        clock,
        metrics=Metrics() if section.metrics.enabled else None,
        tracing=build_tracing(section.tracing, clock) if section.tracing.enabled else None,
        access_log=AccessLog(section.access_log, randomness) if section.access_log.enabled else None,
    )
