"""Subscriptions from subgraphs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from entrepot.router.config.subscription_deduplication import SubscriptionDeduplicationConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphSubscriptionConfig:
    """Subscriptions of one subgraph."""

    protocol: Literal["graphql-transport-ws", "sse"] = "graphql-transport-ws"
    """The protocol of the subgraph."""
    url: str | None = None
    """The URL for subscriptions; null: the subgraph's URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionsConfig:
    """Subscriptions from subgraphs."""

    protocol: Literal["graphql-transport-ws", "sse"] = "graphql-transport-ws"
    """The protocol, unless `subgraphs` sets another."""
    subgraphs: Mapping[str, SubgraphSubscriptionConfig] = field(default_factory=dict)
    """Settings by subgraph name."""
    deduplication: SubscriptionDeduplicationConfig = field(default_factory=SubscriptionDeduplicationConfig)
    """Subscription deduplication, and reconnecting of broken streams."""
