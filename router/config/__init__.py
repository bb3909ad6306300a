"""What a router may be told: its configuration, and the file that names the subgraphs of a supergraph."""

from entrepot.router.config.batching import BatchingConfig
from entrepot.router.config.lifecycle import ReloadConfig
from entrepot.router.config.model import (
    AuthenticationConfig,
    AuthorizationConfig,
    CachesConfig,
    CorsConfig,
    CsrfConfig,
    DefaultTab,
    DemoUser,
    ExplorerConfig,
    HeaderRule,
    IdentityConfig,
    IssuerConfig,
    LimitsConfig,
    LoginConfig,
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
from entrepot.router.config.persisted_documents import AutomaticDocumentsConfig, DocumentsConfig
from entrepot.router.config.printer import print_config
from entrepot.router.config.protection import ApiKeyConfig, ApiKeysConfig, DemandConfig, RateLimitRule, WeightsConfig
from entrepot.router.config.reader import load_config, parse_config
from entrepot.router.config.response_cache import InvalidationConfig, ResponseCacheConfig, SubgraphCachingConfig
from entrepot.router.config.schema import build_config_schema, list_sections
from entrepot.router.config.subgraphs import SubgraphSource, SupergraphFile, load_supergraph_file
from entrepot.router.config.subscription_deduplication import SharedStreamsConfig
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
    "HeaderRule",
    "IdentityConfig",
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
