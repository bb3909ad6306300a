"""The configuration of a router: frozen, typed, every key with a default that is safe to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from entrepot.router.config.authentication import AuthenticationConfig, AuthorizationConfig, IdentityConfig
from entrepot.router.config.batching import BatchingConfig
from entrepot.router.config.explorer import ExplorerConfig, QueryPlanConfig
from entrepot.router.config.headers import HeaderRule
from entrepot.router.config.lifecycle import ReloadConfig
from entrepot.router.config.limits import CachesConfig, LimitsConfig, PlannerConfig
from entrepot.router.config.observability import ExtensionName, ObservabilityConfig
from entrepot.router.config.overrides import OverridesConfig
from entrepot.router.config.persisted_documents import PersistedDocumentsConfig
from entrepot.router.config.protection import DemandControlConfig, RateLimitRule
from entrepot.router.config.response_cache import ResponseCacheConfig
from entrepot.router.config.server import CorsConfig, CsrfConfig, ServerConfig, StreamsConfig, TimeoutsConfig
from entrepot.router.config.subscriptions import SubscriptionsConfig
from entrepot.router.config.traffic import SubgraphErrorsConfig, TrafficConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterConfig:
    """The configuration of a router."""

    supergraph: str | None = None
    """The path of the supergraph file."""
    server: ServerConfig = field(default_factory=ServerConfig)
    """The HTTP server."""
    override_subgraph_urls: Mapping[str, str] = field(default_factory=dict)
    """URLs by subgraph name, instead of those in the supergraph. The environment variable
    `ENTREPOT_SUBGRAPH_<NAME>_URL` (upper case, `_` for everything but letters and digits) takes precedence."""
    timeouts: TimeoutsConfig = field(default_factory=TimeoutsConfig)
    """Timeouts of requests and fetches."""
    headers: tuple[HeaderRule, ...] = ()
    """Header propagation rules."""
    authentication: AuthenticationConfig = field(default_factory=AuthenticationConfig)
    """Access tokens and API keys."""
    authorization: AuthorizationConfig = field(default_factory=AuthorizationConfig)
    """Authorization directives."""
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    """Limits per request."""
    demand_control: DemandControlConfig = field(default_factory=DemandControlConfig)
    """Demand control by `@cost` and `@listSize`."""
    rate_limits: tuple[RateLimitRule, ...] = ()
    """Rate limits per client."""
    planner: PlannerConfig = field(default_factory=PlannerConfig)
    """The query planner."""
    overrides: OverridesConfig = field(default_factory=OverridesConfig)
    """Progressive override."""
    caches: CachesConfig = field(default_factory=CachesConfig)
    """Document and plan caches."""
    introspection: bool = True
    """Whether introspection is allowed."""
    explorer: ExplorerConfig = field(default_factory=ExplorerConfig)
    """The explorer."""
    csrf: CsrfConfig = field(default_factory=CsrfConfig)
    """CSRF prevention."""
    cors: CorsConfig = field(default_factory=CorsConfig)
    """CORS."""
    identity: IdentityConfig = field(default_factory=IdentityConfig)
    """The caller's identity in requests to subgraphs."""
    query_plan: QueryPlanConfig = field(default_factory=QueryPlanConfig)
    """Exposure of query plans."""
    streams: StreamsConfig = field(default_factory=StreamsConfig)
    """Subscriptions and other streams to clients."""
    subscriptions: SubscriptionsConfig = field(default_factory=SubscriptionsConfig)
    """Subscriptions from subgraphs."""
    persisted_documents: PersistedDocumentsConfig = field(default_factory=PersistedDocumentsConfig)
    """Persisted documents, APQ and the safelist."""
    batching: BatchingConfig = field(default_factory=BatchingConfig)
    """Batching over HTTP."""
    traffic: TrafficConfig = field(default_factory=TrafficConfig)
    """Retries, circuit breaker, concurrency limit and deduplication for requests to subgraphs."""
    subgraph_errors: SubgraphErrorsConfig = field(default_factory=SubgraphErrorsConfig)
    """Error masking."""
    reload: ReloadConfig = field(default_factory=ReloadConfig)
    """Hot reload."""
    response_cache: ResponseCacheConfig = field(default_factory=ResponseCacheConfig)
    """The response cache."""
    observability: ObservabilityConfig = field(default_factory=ObservabilityConfig)
    """Metrics, traces and the access log."""
    extensions: tuple[ExtensionName, ...] = ()
    """Extensions in Python, each as `package.module:name`, called in this order."""
