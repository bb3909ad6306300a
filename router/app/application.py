"""The router as an ASGI application, with hot reload."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from entrepot.router.app.dependencies import RouterDependencies
from entrepot.router.app.generation import Generation, build_generation, short_switch_interval
from entrepot.router.app.observer import build_observer
from entrepot.router.config import RouterConfig
from entrepot.router.execution import SubgraphTransport
from entrepot.router.extensions import Extension
from entrepot.router.pipeline.authentication.authenticator import ClaimsVerifier
from entrepot.router.pipeline.authorization.policies import PolicyCheck
from entrepot.router.pipeline.cache.snapshot import Snapshot
from entrepot.router.pipeline.cache.warm_up import HotDocument, list_hot_documents
from entrepot.router.pipeline.handler import RequestHandler
from entrepot.router.pipeline.instrumentation.security_log import SecurityEvent, SecurityLog
from entrepot.router.traffic import TrafficTransport
from entrepot.router.traffic.reachability import ReachabilityLog
from entrepot.router.web import ReadinessCheck
from entrepot.router.web.asgi import Receive, Scope, Send
from entrepot.router.web.streaming.active_streams import GOING_AWAY, RELOADED
from entrepot.shared.auth import Denylist, IdentitySigner
from entrepot.shared.caching import BatchCache, Limiter, MemoryLimiter
from entrepot.shared.clock import Clock, SystemClock
from entrepot.shared.randomness import Randomness, SystemRandomness
from entrepot.shared.telemetry import get_logger

if TYPE_CHECKING:
    from entrepot.router.observe import Metrics

_log = get_logger(__name__)


class RouterApp:
    """The router as an ASGI application; the lifespan opens it and closes what it opened itself."""

    def __init__(
        self,
        config: RouterConfig,
        supergraph_sdl: str,
        dependencies: RouterDependencies,
        on_retired: Callable[[], None] | None = None,
    ) -> None:
        self._dependencies = dependencies
        self._generation = build_generation(config, supergraph_sdl, dependencies)
        self._retiring: dict[asyncio.Task[None], Generation] = {}
        self._reloading = asyncio.Lock()
        self._on_retired = on_retired
        self._graphs: list[RouterApp] = []

    @property
    def config(self) -> RouterConfig:
        """The configuration in service."""
        return self._generation.config

    @property
    def supergraph_sdl(self) -> str:
        """The supergraph in service, as it was read."""
        return self._generation.supergraph_sdl

    @property
    def handler(self) -> RequestHandler:
        """What answers the requests that begin now."""
        return self._generation.handler

    @property
    def snapshot(self) -> Snapshot:
        """The supergraph in service, with what is kept for it."""
        return self._generation.handler.snapshot

    @property
    def traffic(self) -> TrafficTransport:
        """The way to subgraphs of the requests that begin now."""
        return self._generation.traffic

    @property
    def metrics(self) -> Metrics | None:
        """What is counted since the start; None when metrics are off."""
        observer = self._dependencies.observer
        return None if observer is None else observer.metrics

    @property
    def active_streams(self) -> int:
        """WebSocket connections and streams over HTTP, those from before a reload and of added graphs included."""
        own = sum(len(generation.streams) for generation in (self._generation, *self._retiring.values()))
        return own + sum(graph.active_streams for graph in self._graphs)

    @property
    def response_cache_lookups(self) -> tuple[int, int]:
        """Hits and misses of the response cache."""
        lookups = self._dependencies.lookups
        return lookups.hits, lookups.misses

    @property
    def requests_in_flight(self) -> int:
        """HTTP requests and WebSocket operations in flight; 0 when observability is off."""
        observer = self._dependencies.observer
        return 0 if observer is None else observer.in_flight

    @property
    def security(self) -> SecurityLog:
        """The log of security events, which counts them since the start."""
        return self._dependencies.security

    async def add_graph(self, config: RouterConfig, supergraph_sdl: str) -> RouterApp:
        """Another graph over the same dependencies, such as a contract of this one; built and warmed up in a thread.

        The two share transport, caches, limits and counters, and this application's lifespan ends both. Raises
        SupergraphInvalid and ConfigurationInvalid.
        """
        with short_switch_interval():
            graph = await asyncio.to_thread(self._build_graph, config, supergraph_sdl)
        self._graphs.append(graph)
        return graph

    async def reload(self, supergraph_sdl: str | None = None, config: RouterConfig | None = None) -> None:
        """Serve another supergraph, another configuration or both from the next request on; None keeps the current one.

        The new generation is built and warmed up in a thread before it is used. Requests in flight complete on the old
        one. Raises SupergraphInvalid and ConfigurationInvalid; then nothing changes.
        """
        async with self._reloading:
            old = self._generation
            hot = list_hot_documents(old.handler.snapshot, old.config.reload.warm_up_documents)
            with short_switch_interval():
                new = await asyncio.to_thread(
                    self._build, config or old.config, supergraph_sdl or old.supergraph_sdl, old, hot
                )
            self._generation = new
            task = asyncio.create_task(self._retire(old, new.config))
            self._retiring[task] = old
            task.add_done_callback(self._retiring.pop)

    async def invalidate(self, tags: Iterable[str]) -> None:
        """Invalidate cached responses with one of the tags (see docs/caching.md); without a response cache, do nothing.

        Raises CacheUnavailable when the cache does not respond.
        """
        # Also while the configuration disables the cache: entries from before are found when it is enabled again.
        if self._dependencies.versions is not None:
            await self._dependencies.versions.invalidate(tags)

    def begin_closing(self) -> None:
        """Report "not ready" from now on, and keep serving."""
        self._dependencies.is_closing = True

    async def end_streams(self) -> None:
        """Close all streams so that clients reconnect elsewhere."""
        self.begin_closing()
        generations = (self._generation, *self._retiring.values())
        await asyncio.gather(
            *(generation.streams.end_all(GOING_AWAY) for generation in generations),
            *(graph.end_streams() for graph in self._graphs),
        )

    async def aclose(self) -> None:
        """Close what is left of streams, and connections to subgraphs; the lifespan does it."""
        for graph in self._graphs:
            await graph.aclose()
        retiring = dict(self._retiring)
        for task in retiring:
            task.cancel()
        await asyncio.gather(*retiring, return_exceptions=True)
        for generation in (self._generation, *retiring.values()):
            await generation.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._generation.serve(scope, receive, send)

    def _build_graph(self, config: RouterConfig, supergraph_sdl: str) -> RouterApp:
        graph = RouterApp(config, supergraph_sdl, self._dependencies, self._on_retired)
        graph._generation.warm()
        return graph

    def _build(self, config: RouterConfig, supergraph_sdl: str, old: Generation, hot: list[HotDocument]) -> Generation:
        generation = build_generation(config, supergraph_sdl, self._dependencies, old)
        generation.warm(hot)
        return generation

    async def _retire(self, generation: Generation, config: RouterConfig) -> None:
        if config.reload.streams == "reconnect":
            await generation.streams.end_gradually(RELOADED, config.reload.reconnect_seconds)
        await generation.wait_until_idle()
        await generation.aclose()
        if self._on_retired is not None:
            self._on_retired()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._generation.warm()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.aclose()
        if self._dependencies.observer is not None:
            await asyncio.to_thread(self._dependencies.observer.close)
        await send({"type": "lifespan.shutdown.complete"})


def build_router_app(
    config: RouterConfig,
    supergraph_sdl: str,
    *,
    transport: SubgraphTransport | None = None,
    verifier: ClaimsVerifier | None = None,
    denylist: Denylist | None = None,
    signer: IdentitySigner | None = None,
    clock: Clock | None = None,
    randomness: Randomness | None = None,
    readiness_checks: Mapping[str, ReadinessCheck] | None = None,
    policies: Mapping[str, PolicyCheck] | None = None,
    limiter: Limiter | None = None,
    response_cache: BatchCache | None = None,
    on_security_event: Callable[[SecurityEvent], None] | None = None,
    on_retired: Callable[[], None] | None = None,
    extensions: Sequence[Extension] = (),
    environ: Mapping[str, str] | None = None,
) -> RouterApp:
    """The router over a supergraph, as an ASGI application.

    All further arguments are optional:

    - `transport`: the transport to subgraphs (default: HTTP, opened and closed by the application's lifespan)
    - `verifier`, `signer`: used instead of those that the configuration describes
    - `denylist`: knows revoked tokens
    - `clock`, `randomness`: the system's by default
    - `readiness_checks`: checks by name, each of which raises when the process is not ready
    - `policies`: functions that decide `@policy` by name, besides the claim
    - `limiter`: stores the buckets of rate limits (default: in this process)
    - `response_cache`: stores cached responses (default: in this process)
    - `on_security_event`: called for every event of the security log
    - `on_retired`: called when the generation from before a reload is no longer used
    - `extensions`: run before those of the configuration
    - `environ`: the environment, which may hold URLs of subgraphs

    Raises SupergraphInvalid and ConfigurationInvalid.
    """
    clock = clock or SystemClock()
    randomness = randomness or SystemRandomness()
    dependencies = RouterDependencies(
        clock=clock,
        randomness=randomness,
        limiter=limiter or MemoryLimiter(clock),
        security=SecurityLog(on_security_event),
        reachability=ReachabilityLog(clock),
        transport=transport,
        verifier=verifier,
        denylist=denylist,
        signer=signer,
        readiness_checks=readiness_checks or {},
        policies=policies or {},
        response_cache=response_cache,
        observer=build_observer(config, clock, randomness),
        extensions=tuple(extensions),
        environ=environ or {},
    )
    app = RouterApp(config, supergraph_sdl, dependencies, on_retired)
    if app.metrics is not None:
        app.metrics.sources = app
    return app
