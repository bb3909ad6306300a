"""What a router may be told: its configuration, and the file that names the subgraphs of a supergraph."""

from entrepot.router.config.batching import BatchingConfig
from entrepot.router.config.caching import InvalidationConfig, ResponseCacheConfig, SubgraphCachingConfig
from entrepot.router.config.documents import AutomaticDocumentsConfig, DocumentsConfig
from entrepot.router.config.explorer import DefaultTab, DemoUser, ExplorerConfig, ExplorerLookup, LoginConfig
from entrepot.router.config.guards import ApiKeyConfig, ApiKeysConfig, DemandConfig, RateLimitRule, WeightsConfig
from entrepot.router.config.lifecycle import ReloadConfig
from entrepot.router.config.model import (
    AuthenticationConfig,
    AuthorizationConfig,
    CachesConfig,
    CorsConfig,
    CsrfConfig,
    HeaderRule,
    IdentityConfig,
    IssuerConfig,
    LimitsConfig,
    PlannerConfig,
    QueryPlanConfig,
    RouterConfig,
    ServerConfig,
    StreamsConfig,
    SubgraphSubscriptionConfig,
    SubscriptionsConfig,
    TimeoutsConfig,
)
from entrepot.router.config.observability import AccessLogConfig, MetricsConfig, ObservabilityConfig, TracingConfig
from entrepot.router.config.overrides import OverridesConfig
from entrepot.router.config.printer import print_config
from entrepot.router.config.reader import load_config, parse_config
from entrepot.router.config.schema import build_config_schema, list_sections
from entrepot.router.config.streams import SharedStreamsConfig
from entrepot.router.config.subgraphs import Introspection, SubgraphSource, SupergraphFile, load_supergraph_file
from entrepot.router.config.traffic import (
    CircuitBreakerConfig,
    ConcurrencyConfig,
    ResponseHeaderRule,
    RetryConfig,
    SubgraphErrorRule,
    SubgraphErrorsConfig,
    SubgraphTrafficConfig,
    TrafficConfig,
)

__all__ = [
    "AccessLogConfig",
    "ApiKeyConfig",
    "ApiKeysConfig",
    "AuthenticationConfig",
    "AuthorizationConfig",
    "AutomaticDocumentsConfig",
    "BatchingConfig",
    "CachesConfig",
    "CircuitBreakerConfig",
    "ConcurrencyConfig",
    "CorsConfig",
    "CsrfConfig",
    "DefaultTab",
    "DemandConfig",
    "DemoUser",
    "DocumentsConfig",
    "ExplorerConfig",
    "ExplorerLookup",
    "HeaderRule",
    "IdentityConfig",
    "Introspection",
    "InvalidationConfig",
    "IssuerConfig",
    "LimitsConfig",
    "LoginConfig",
    "MetricsConfig",
    "ObservabilityConfig",
    "OverridesConfig",
    "PlannerConfig",
    "QueryPlanConfig",
    "RateLimitRule",
    "ReloadConfig",
    "ResponseCacheConfig",
    "ResponseHeaderRule",
    "RetryConfig",
    "RouterConfig",
    "ServerConfig",
    "SharedStreamsConfig",
    "StreamsConfig",
    "SubgraphCachingConfig",
    "SubgraphErrorRule",
    "SubgraphErrorsConfig",
    "SubgraphSource",
    "SubgraphSubscriptionConfig",
    "SubgraphTrafficConfig",
    "SubscriptionsConfig",
    "SupergraphFile",
    "TimeoutsConfig",
    "TracingConfig",
    "TrafficConfig",
    "WeightsConfig",
    "build_config_schema",
    "list_sections",
    "load_config",
    "load_supergraph_file",
    "parse_config",
    "print_config",
]
