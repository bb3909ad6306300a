"""The traffic settings of each subgraph: its own keys, else those of `traffic.all`, else the defaults."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from entrepot.router.config import (
    CircuitBreakerConfig,
    ConcurrencyLimitConfig,
    RetryConfig,
    RouterConfig,
    TrafficConfig,
)
from entrepot.router.config.traffic import Encoding


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficSettings:
    """The resolved settings of one subgraph; None is off. The fields are those of `SubgraphTrafficConfig`."""

    timeout: float
    attempt_timeout: float | None
    retry: RetryConfig | None
    circuit_breaker: CircuitBreakerConfig | None
    concurrency_limit: ConcurrencyLimitConfig | None
    deduplicate: bool
    accept_encodings: tuple[Encoding, ...]


def resolve_settings(config: TrafficConfig, subgraph: str, default_timeout: float) -> TrafficSettings:
    """The settings of the subgraph."""
    everywhere = config.all
    own = config.subgraphs.get(subgraph, everywhere)
    retry = own.retry or everywhere.retry or RetryConfig()
    breaker = own.circuit_breaker or everywhere.circuit_breaker
    deduplicate = everywhere.deduplicate if own.deduplicate is None else own.deduplicate
    encodings = everywhere.accept_encodings if own.accept_encodings is None else own.accept_encodings
    return TrafficSettings(
        timeout=own.timeout or everywhere.timeout or default_timeout,
        attempt_timeout=own.attempt_timeout or everywhere.attempt_timeout,
        retry=retry if retry.enabled and retry.max_attempts > 1 else None,
        circuit_breaker=breaker if breaker is not None and breaker.enabled else None,
        concurrency_limit=own.concurrency_limit or everywhere.concurrency_limit,
        deduplicate=deduplicate is not False,
        accept_encodings=encodings or (),
    )


def list_unknown_subgraphs(config: RouterConfig, known: Iterable[str]) -> list[str]:
    """The subgraph names in the configuration that the supergraph does not have."""
    named = {
        *config.override_subgraph_urls,
        *config.traffic.subgraphs,
        *config.subgraph_errors.subgraphs,
        *(name for rule in config.headers for name in rule.subgraphs),
    }
    return sorted(named.difference(known))
