"""The configuration of a router, and the file that names the subgraphs of a supergraph."""

from entrepot.router.config.authentication import (
    AuthenticationConfig,
    AuthorizationConfig,
    IdentityConfig,
    IssuerConfig,
)
from entrepot.router.config.batching import BatchingConfig
from entrepot.router.config.descriptions import describe_fields
from entrepot.router.config.explorer import (
    DefaultTab,
    DemoUser,
    ExplorerConfig,
    ExplorerLookup,
    LoginConfig,
    QueryPlanConfig,
)
from entrepot.router.config.headers import HeaderRule, ResponseHeaderRule
from entrepot.router.config.lifecycle import ReloadConfig
from entrepot.router.config.limits import CachesConfig, LimitsConfig, PlannerConfig
from entrepot.router.config.model import RouterConfig
from entrepot.router.config.observability import AccessLogConfig, MetricsConfig, ObservabilityConfig, TracingConfig
from entrepot.router.config.overrides import OverridesConfig
from entrepot.router.config.persisted_documents import ApqConfig, PersistedDocumentsConfig
from entrepot.router.config.printer import print_config
from entrepot.router.config.protection import (
    ApiKeyConfig,
    ApiKeysConfig,
    DemandControlConfig,
    RateLimitRule,
    WeightsConfig,
)
from entrepot.router.config.reader import load_config, parse_config
from entrepot.router.config.response_cache import InvalidationConfig, ResponseCacheConfig, SubgraphCachingConfig
from entrepot.router.config.schema import build_config_schema, list_sections
from entrepot.router.config.server import CorsConfig, CsrfConfig, ServerConfig, StreamsConfig, TimeoutsConfig
from entrepot.router.config.subgraphs import Introspection, SubgraphSource, SupergraphFile, load_supergraph_file
from entrepot.router.config.subscription_deduplication import SubscriptionDeduplicationConfig
from entrepot.router.config.subscriptions import SubgraphSubscriptionConfig, SubscriptionsConfig
from entrepot.router.config.tls import ClientTlsConfig, ServerTlsConfig
from entrepot.router.config.traffic import (
    CircuitBreakerConfig,
    ConcurrencyLimitConfig,
    RetryBudgetConfig,
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
    "ApqConfig",
    "AuthenticationConfig",
    "AuthorizationConfig",
    "BatchingConfig",
    "CachesConfig",
    "CircuitBreakerConfig",
    "ClientTlsConfig",
    "ConcurrencyLimitConfig",
    "CorsConfig",
    "CsrfConfig",
    "DefaultTab",
    "DemandControlConfig",
    "DemoUser",
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
    "PersistedDocumentsConfig",
    "PlannerConfig",
    "QueryPlanConfig",
    "RateLimitRule",
    "ReloadConfig",
    "ResponseCacheConfig",
    "ResponseHeaderRule",
    "RetryBudgetConfig",
    "RetryConfig",
    "RouterConfig",
    "ServerConfig",
    "ServerTlsConfig",
    "StreamsConfig",
    "SubgraphCachingConfig",
    "SubgraphErrorRule",
    "SubgraphErrorsConfig",
    "SubgraphSource",
    "SubgraphSubscriptionConfig",
    "SubgraphTrafficConfig",
    "SubscriptionDeduplicationConfig",
    "SubscriptionsConfig",
    "SupergraphFile",
    "TimeoutsConfig",
    "TracingConfig",
    "TrafficConfig",
    "WeightsConfig",
    "build_config_schema",
    "describe_fields",
    "list_sections",
    "load_config",
    "load_supergraph_file",
    "parse_config",
    "print_config",
]
