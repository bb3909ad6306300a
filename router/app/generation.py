"""A generation: one configuration and one supergraph in service, with everything that is built from them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from entrepot.router.app.build import build_api_keys, build_guards, build_signer, build_transport, build_verifier
from entrepot.router.app.dependencies import RouterDependencies
from entrepot.router.app.response_cache import build_response_cache
from entrepot.router.app.urls import check_urls
from entrepot.router.config import RouterConfig
from entrepot.router.execution import HttpTransport
from entrepot.router.extensions import build_hooks, load_extensions
from entrepot.router.pipeline.authentication.authenticator import Authenticator, ClaimsVerifier
from entrepot.router.pipeline.cache.snapshot import build_snapshot
from entrepot.router.pipeline.cache.warm_up import HotDocument, WarmFailure, warm_snapshot
from entrepot.router.pipeline.demand_control.list_sizes import list_unusable
from entrepot.router.pipeline.execution.execute import Executor
from entrepot.router.pipeline.execution.request_headers import RequestHeaderPropagation
from entrepot.router.pipeline.execution.subgraph_urls import list_unknown_variables
from entrepot.router.pipeline.handler import RequestHandler, observe_nothing
from entrepot.router.pipeline.persisted_documents.apq import AutomaticPersistedQueries
from entrepot.router.traffic import Deadlines, ErrorMasking, ResponseHeaderPropagation, TrafficTransport
from entrepot.router.traffic.reachability import ReachabilityTransport
from entrepot.router.traffic.settings import list_unknown_subgraphs
from entrepot.router.traffic.subscription_deduplication import SubscriptionDeduplication
from entrepot.router.web import build_web_app
from entrepot.router.web.asgi import ASGIApp, Receive, Scope, Send
from entrepot.router.web.streaming.active_streams import ActiveStreams
from entrepot.shared.caching import MemoryCache
from entrepot.shared.telemetry import get_logger

# The switch interval between threads while a generation is built beside requests, in seconds.
_SWITCH_INTERVAL: Final = 0.0005
_log = get_logger(__name__)


@dataclass(slots=True)
class Generation:
    """Requests and streams stay with the generation that they started with; `idle` is set while it has none."""

    config: RouterConfig
    supergraph_sdl: str
    verifier: ClaimsVerifier | None
    handler: RequestHandler
    traffic: TrafficTransport
    streams: ActiveStreams
    web: ASGIApp
    own_transport: HttpTransport | None
    users: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or serve one connection to its end."""
        self.users += 1
        try:
            await self.web(scope, receive, send)
        finally:
            self.users -= 1
            if not self.users:
                self.idle.set()

    async def wait_until_idle(self) -> None:
        """Return when no request or stream uses the generation; called when no new ones can start."""
        while self.users:
            self.idle.clear()
            await self.idle.wait()

    async def aclose(self) -> None:
        """Close the connections to subgraphs, unless they are shared."""
        self.streams.close()
        if self.own_transport is not None:
            await self.own_transport.aclose()

    def warm(self, hot: Iterable[HotDocument] = ()) -> None:
        """Plan persisted documents and `hot` ones; a persisted document that cannot run is logged."""
        for failure in warm_snapshot(self.handler.snapshot, hot):
            _log_failure(failure)


def build_generation(
    config: RouterConfig, supergraph_sdl: str, dependencies: RouterDependencies, previous: Generation | None = None
) -> Generation:
    """Everything that serves the supergraph as configured; raises SupergraphInvalid and ConfigurationInvalid.

    The verifier with the issuers' keys is taken over from the `previous` generation, so that a reload while an issuer
    is unavailable refuses no token. Needs no event loop, so that it can run in a thread.
    """
    clock, randomness = dependencies.clock, dependencies.randomness
    own_transport = build_transport(config) if dependencies.transport is None else None
    transport = dependencies.transport or own_transport
    assert transport is not None
    shared = SubscriptionDeduplication(transport, config.subscriptions.deduplication, clock, randomness)
    verifier = (
        dependencies.verifier
        or _keep_verifier(config, previous)
        or build_verifier(config.authentication, clock, dependencies.denylist)
    )
    signer = dependencies.signer or build_signer(config, clock)
    snapshot = build_snapshot(supergraph_sdl, config, dependencies.environ)
    if own_transport is not None:
        check_urls(snapshot.urls, config)
    traffic = TrafficTransport(
        shared,
        config.traffic,
        default_timeout=config.timeouts.subgraph,
        clock=clock,
        randomness=randomness,
        state=dependencies.traffic,
        urls=snapshot.urls,
    )
    api_keys = build_api_keys(config.authentication, clock)
    hooks = build_hooks([*dependencies.extensions, *load_extensions(config.extensions)])
    observer = dependencies.observer
    reached = ReachabilityTransport(traffic, dependencies.reachability)
    measured = reached if observer is None else observer.measure(reached)
    response_cache = build_response_cache(config, snapshot.supergraph, measured, dependencies)
    executor = Executor(
        measured,
        RequestHeaderPropagation(config.headers, config.identity, signer),
        Deadlines(config.timeouts.request),
        clock,
        ResponseHeaderPropagation(config.headers),
        ErrorMasking(config.subgraph_errors),
        (*hooks.wrap_transport, observer.wrap_transport)
        if observer and observer.wraps_transports
        else hooks.wrap_transport,
        response_cache,
    )
    handler = RequestHandler(
        snapshot,
        Authenticator(verifier, config.authentication, config.authorization, api_keys),
        _build_apq(config, dependencies),
        executor,
        randomness,
        build_guards(config, dependencies.security, dependencies.policies, dependencies.limiter),
        hooks,
        observe_nothing if observer is None else observer.observe,
    )
    known = [subgraph.name for subgraph in snapshot.supergraph.subgraphs.values()]
    for name in list_unknown_subgraphs(config, known):
        _log.warning("configuration.unknown_subgraph", subgraph=name, known=known)
    for name in list_unknown_variables(known, dependencies.environ):
        _log.warning("configuration.unknown_subgraph", variable=name, known=known)
    if config.demand_control.mode != "off":
        for problem in list_unusable(snapshot.supergraph.api_schema, snapshot.supergraph.demand.list_sizes):
            _log.warning("demand.list_size_unusable", problem=problem)
    streams = ActiveStreams(clock)
    web = build_web_app(
        handler,
        config,
        clock,
        dependencies.readiness_checks,
        streams,
        is_closing=lambda: dependencies.is_closing,
        invalidate=None
        if response_cache is None or dependencies.versions is None
        else dependencies.versions.invalidate,
        metrics=None if observer is None or config.observability.metrics.port is not None else observer.metrics,
    )
    return Generation(config, supergraph_sdl, verifier, handler, traffic, streams, web, own_transport)


@contextmanager
def short_switch_interval() -> Iterator[None]:
    """Switch threads often, so that building a generation does not delay requests."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_INTERVAL)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _keep_verifier(config: RouterConfig, previous: Generation | None) -> ClaimsVerifier | None:
    authentication = config.authentication
    if previous is None or previous.config.authentication != authentication:
        return None
    # Keys in files are read again, since that may be what has changed.
    return (
        None if any(issuer.jwks_file or issuer.jwks_ca_file for issuer in authentication.issuers) else previous.verifier
    )


def _build_apq(config: RouterConfig, dependencies: RouterDependencies) -> AutomaticPersistedQueries:
    rules = config.persisted_documents.apq
    if dependencies.documents is None:
        dependencies.documents = MemoryCache(dependencies.clock, max_bytes=rules.max_bytes)
    return AutomaticPersistedQueries(dependencies.documents, rules)


def _log_failure(failure: WarmFailure) -> None:
    _log.warning(
        "document.not_executable", sha256=failure.sha256, operation=failure.operation, error=failure.error.message
    )
