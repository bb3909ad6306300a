"""The sections of a router's configuration: frozen, typed, every field with a default that is safe to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from entrepot.router.config.batching import BatchingConfig
from entrepot.router.config.lifecycle import ReloadConfig
from entrepot.router.config.observability import ExtensionName, ObservabilityConfig
from entrepot.router.config.overrides import OverridesConfig
from entrepot.router.config.persisted_documents import DocumentsConfig
from entrepot.router.config.protection import ApiKeysConfig, DemandConfig, RateLimitRule
from entrepot.router.config.response_cache import ResponseCacheConfig
from entrepot.router.config.subscription_deduplication import SharedStreamsConfig
from entrepot.router.config.traffic import ResponseHeaderRule, SubgraphErrorsConfig, TrafficConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """Where the router listens. `path` is the GraphQL endpoint, for HTTP and WebSocket alike.

    `trusted_proxies` are addresses and networks whose `X-Forwarded-For` is believed; nobody else's is. Told to end, it
    says that it is not ready, goes on for `drain_seconds`, so that load balancers notice, and then accepts nothing new;
    what is under way has `graceful_shutdown` seconds. `socket_compression` costs some 40 KB for each open WebSocket.
    """

    host: str = "127.0.0.1"
    port: int = 4000
    path: str = "/graphql"
    access_log: bool = False
    json_logs: bool = False
    log_level: str = "INFO"
    keep_alive: int = 75
    graceful_shutdown: int = 30
    drain_seconds: float = 0.0
    socket_compression: bool = False
    trusted_proxies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeoutsConfig:
    """In seconds: for a whole request of a client, for one request to a subgraph, for connecting to it."""

    request: float = 60.0
    subgraph: float = 30.0
    connect: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderRule:
    """Which headers of a client go on to subgraphs, which are set, and which of a subgraph's answer go back.

    `propagate` names headers (lower case, or a prefix that ends in `*`); `rename` says what one is called on the way
    on; `insert` sets fixed ones; `response` is about the way back. `subgraphs` narrows the rule to some, by name; empty
    means all.
    """

    propagate: tuple[str, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict)
    insert: Mapping[str, str] = field(default_factory=dict)
    response: ResponseHeaderRule | None = None
    subgraphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerConfig:
    """An issuer whose access tokens are accepted; its keys come from `jwks_url`, or from the file `jwks_file`."""

    issuer: str
    audience: str
    jwks_url: str | None = None
    jwks_file: str | None = None
    algorithms: tuple[str, ...] = ("RS256",)
    leeway: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationConfig:
    """Whose tokens are accepted; without issuers, tokens are not read and every caller is anonymous.

    `required` refuses anonymous requests whole. A key set is fetched again for an unknown key id, at most once in
    `jwks_cooldown` seconds, and kept for `jwks_lifetime` otherwise, in the last fifth of which it is renewed in the
    background. While its issuer is down, an old one is used for `jwks_stale` seconds more. `verified_tokens` are
    remembered until they expire, so that a signature is verified once. `api_keys` are accepted instead of tokens.
    """

    issuers: tuple[IssuerConfig, ...] = ()
    required: bool = False
    jwks_cooldown: float = 30.0
    jwks_lifetime: float = 600.0
    jwks_timeout: float = 5.0
    jwks_stale: float = 24 * 60 * 60.0
    verified_tokens: int = 10_000
    api_keys: ApiKeysConfig = field(default_factory=ApiKeysConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationConfig:
    """`filter` answers what the claims do not permit with null and an error; `reject` refuses the operation whole.

    `policies_claim` names the claim that lists the policies which hold for the caller.
    """

    mode: Literal["filter", "reject"] = "filter"
    policies_claim: str = "policies"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsConfig:
    """The most that one request may ask. Counted before validation, fragments expanded, except for `tokens`.

    `field_pairs` bounds the work of the rule on overlapping fields: the pairs of selections with one response key.
    `place_directives` are those at one place, `list_items` the entries of one list among the arguments, whether it is
    written in the document or sent as a variable. `client_requests` are those of one client (who is logged in, else an
    address) that are under way at the same time; None, as for `response_bytes`, is any number. Those are of an answer
    with all its parts, and of each event of a stream.
    """

    body_bytes: int = 2 * 1024 * 1024
    query_string_bytes: int = 64 * 1024
    header_bytes: int = 64 * 1024
    socket_message_bytes: int = 1024 * 1024
    socket_operations: int = 100
    tokens: int = 15_000
    depth: int = 64
    aliases: int = 500
    root_fields: int = 200
    fields: int = 10_000
    field_pairs: int = 50_000
    directives: int = 2_000
    place_directives: int = 20
    list_items: int = 10_000
    variables_bytes: int = 1024 * 1024
    variables_depth: int = 64
    client_requests: int | None = None
    response_bytes: int | None = None
    validation_errors: int = 20
    variable_errors: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannerConfig:
    """How many steps the planner may take for one operation; counted in work, never in time.

    Half of `budget` is for comparing plans and half for finding any; it also allows an eighth of it in fields fetched.
    """

    budget: int = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CachesConfig:
    """How much is kept of documents (parsed and validated) and of plans, in bytes and entries."""

    documents_bytes: int = 64 * 1024 * 1024
    documents_entries: int = 10_000
    plans_bytes: int = 64 * 1024 * 1024
    plans_entries: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUser:
    """A login that the explorer offers at one click; for demonstrations only."""

    label: str
    email: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginConfig:
    """A mutation of `$email` and `$password`, and the path below `data` at which it answers the access token."""

    document: str
    token_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultTab:
    """A tab that the explorer opens with."""

    name: str
    query: str
    variables: str | Mapping[str, Any] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorerConfig:
    """The page that a browser gets at the endpoint."""

    enabled: bool = True
    title: str = "GraphQL explorer"
    demo_users: tuple[DemoUser, ...] = ()
    login: LoginConfig | None = None
    default_tabs: tuple[DefaultTab, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CsrfConfig:
    """Browsers may send a GET from any page without asking; so from a browser it must carry one of these headers."""

    enabled: bool = True
    headers: tuple[str, ...] = (
        "x-apollo-operation-name",
        "apollo-require-preflight",
        "graphql-require-preflight",
        "entrepot-require-preflight",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CorsConfig:
    """Which pages of other origins may call; `*` is every one. WebSockets follow the same list."""

    origins: tuple[str, ...] = ()
    allow_credentials: bool = False
    headers: tuple[str, ...] = ("*",)
    expose_headers: tuple[str, ...] = ("x-request-id",)
    max_age: int = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityConfig:
    """What subgraphs are told of the caller.

    `off`: nothing. `internal`: a short-lived signed token for that subgraph alone (`key_file` holds the Ed25519 key in
    PEM). `forward`: the client's own `Authorization` header.
    """

    mode: Literal["off", "internal", "forward"] = "off"
    key_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryPlanConfig:
    """Who may see query plans: nobody, everybody, or callers that hold one of the `scopes` alternatives whole."""

    expose: Literal["off", "on", "scopes"] = "off"
    scopes: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamsConfig:
    """In seconds: how long a socket may take to begin, and how often a stream is looked after.

    A silent stream shows every `heartbeat` that it lives; its token is verified again every `recheck`.
    """

    connection_init: float = 10.0
    heartbeat: float = 12.0
    recheck: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphSubscriptionConfig:
    """How subscriptions of one subgraph are opened; `url` None is the subgraph's own."""

    protocol: Literal["graphql-transport-ws", "sse"] = "graphql-transport-ws"
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionsConfig:
    """How subscriptions are opened at subgraphs: with `protocol`, except where `subgraphs` says otherwise by name."""

    protocol: Literal["graphql-transport-ws", "sse"] = "graphql-transport-ws"
    subgraphs: Mapping[str, SubgraphSubscriptionConfig] = field(default_factory=dict)
    shared: SharedStreamsConfig = field(default_factory=SharedStreamsConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterConfig:
    """All that a router is told. `supergraph` is the path of the supergraph file.

    `override_subgraph_urls` says where subgraphs are instead of the supergraph, by name; the environment variable
    `ENTREPOT_SUBGRAPH_<NAME>_URL` (in upper case, `_` for all but letters and digits) goes before it.
    `extensions` are those in Python, each as `package.module:name`, in the order in which they are asked.
    """

    supergraph: str | None = None
    server: ServerConfig = field(default_factory=ServerConfig)
    override_subgraph_urls: Mapping[str, str] = field(default_factory=dict)
    timeouts: TimeoutsConfig = field(default_factory=TimeoutsConfig)
    headers: tuple[HeaderRule, ...] = ()
    authentication: AuthenticationConfig = field(default_factory=AuthenticationConfig)
    authorization: AuthorizationConfig = field(default_factory=AuthorizationConfig)
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    demand: DemandConfig = field(default_factory=DemandConfig)
    rate_limits: tuple[RateLimitRule, ...] = ()
    planner: PlannerConfig = field(default_factory=PlannerConfig)
    overrides: OverridesConfig = field(default_factory=OverridesConfig)
    caches: CachesConfig = field(default_factory=CachesConfig)
    introspection: bool = True
    explorer: ExplorerConfig = field(default_factory=ExplorerConfig)
    csrf: CsrfConfig = field(default_factory=CsrfConfig)
    cors: CorsConfig = field(default_factory=CorsConfig)
    identity: IdentityConfig = field(default_factory=IdentityConfig)
    query_plan: QueryPlanConfig = field(default_factory=QueryPlanConfig)
    streams: StreamsConfig = field(default_factory=StreamsConfig)
    subscriptions: SubscriptionsConfig = field(default_factory=SubscriptionsConfig)
    documents: DocumentsConfig = field(default_factory=DocumentsConfig)
    batching: BatchingConfig = field(default_factory=BatchingConfig)
    traffic: TrafficConfig = field(default_factory=TrafficConfig)
    subgraph_errors: SubgraphErrorsConfig = field(default_factory=SubgraphErrorsConfig)
    reload: ReloadConfig = field(default_factory=ReloadConfig)
    response_cache: ResponseCacheConfig = field(default_factory=ResponseCacheConfig)
    observability: ObservabilityConfig = field(default_factory=ObservabilityConfig)
    extensions: tuple[ExtensionName, ...] = ()
