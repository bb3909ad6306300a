"""The router as an ASGI application, which takes over changes without losing a request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from entrepot.router.app.dependencies import Facilities
from entrepot.router.app.generation import Generation, build_generation, take_short_turns
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
        facilities: Facilities,
        on_retired: Callable[[], None] | None = None,
    ) -> None:
        self._facilities = facilities
        self._generation = build_generation(config, supergraph_sdl, facilities)
        self._retiring: dict[asyncio.Task[None], Generation] = {}
        self._reloading = asyncio.Lock()
        self._on_retired = on_retired
        if self.metrics is not None:
            self.metrics.sources = self

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
        observer = self._facilities.observer
        return None if observer is None else observer.metrics

    @property
    def open_streams(self) -> int:
        """Sockets and streams over HTTP, also of what was served before a reload."""
        return sum(len(generation.streams) for generation in (self._generation, *self._retiring.values()))

    @property
    def answer_lookups(self) -> tuple[int, int]:
        """How many parts of answers were found in the response cache, and how many were not."""
        lookups = self._facilities.lookups
        return lookups.hits, lookups.misses

    @property
    def requests_under_way(self) -> int:
        """HTTP requests, and operations on sockets, while they are watched; otherwise nobody counts them."""
        observer = self._facilities.observer
        return 0 if observer is None else observer.under_way

    @property
    def security(self) -> SecurityLog:
        """The log of security events, which counts them since the start."""
        return self._facilities.security

    async def reload(self, supergraph_sdl: str | None = None, config: RouterConfig | None = None) -> None:
        """Serve another supergraph, another configuration or both from the next request on; None leaves the one there.

        All is built and the documents in use are planned in a thread, before anything changes. What is under way ends
        as it began. Raises SupergraphInvalid and ConfigurationInvalid, and changes nothing then.
        """
        async with self._reloading:
            old = self._generation
            hot = list_hot_documents(old.handler.snapshot, old.config.reload.warm_documents)
            with take_short_turns():
                new = await asyncio.to_thread(
                    self._build, config or old.config, supergraph_sdl or old.supergraph_sdl, old, hot
                )
            self._generation = new
            task = asyncio.create_task(self._retire(old, new.config))
            self._retiring[task] = old
            task.add_done_callback(self._retiring.pop)

    async def invalidate(self, tags: Iterable[str]) -> None:
        """Forget the kept answers that have one of the tags (see docs/caching.md); without a cache, do nothing.

        Raises CacheUnavailable when whoever keeps the answers does not answer.
        """
        # Also while a configuration keeps none: what was kept before is found again by the next one that does.
        if self._facilities.versions is not None:
            await self._facilities.versions.renew(tags)

    def begin_closing(self) -> None:
        """Say from now on that the router is not ready, and answer as before."""
        self._facilities.is_closing = True

    async def end_streams(self) -> None:
        """End all streams in the way that makes clients connect again, elsewhere."""
        self.begin_closing()
        generations = (self._generation, *self._retiring.values())
        await asyncio.gather(*(generation.streams.end_all(GOING_AWAY) for generation in generations))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._generation.serve(scope, receive, send)

    def _build(self, config: RouterConfig, supergraph_sdl: str, old: Generation, hot: list[HotDocument]) -> Generation:
        generation = build_generation(config, supergraph_sdl, self._facilities, old)
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
        retiring = dict(self._retiring)
        for task in retiring:
            task.cancel()
        await asyncio.gather(*retiring, return_exceptions=True)
        for generation in (self._generation, *retiring.values()):
            await generation.aclose()
        if self._facilities.observer is not None:
            await asyncio.to_thread(self._facilities.observer.close)
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
    answers: BatchCache | None = None,
    on_security_event: Callable[[SecurityEvent], None] | None = None,
    on_retired: Callable[[], None] | None = None,
    extensions: Sequence[Extension] = (),
    environ: Mapping[str, str] | None = None,
) -> RouterApp:
    """The router over a supergraph, as an ASGI application.

    `transport` is the way to subgraphs; without one they are asked by HTTP, over connections that the application's
    lifespan opens and closes. `verifier` and `signer` replace what the configuration describes; `denylist` knows the
    tokens that were revoked; `clock` and `randomness` are the machine's unless given. Readiness asks all
    `readiness_checks`, by name, each of which raises when it does not hold. `policies` decides policies by name, beside
    the claim; `limiter` keeps the buckets of rate limits, in this process without one, and `answers` what subgraphs
    answered; `on_security_event` is told of every event that the log of security notes, and `on_retired` when nothing
    uses any more what was served before a reload. `extensions` come before those that the configuration names.
    `environ` is the environment, which may say where subgraphs are. Raises SupergraphInvalid and ConfigurationInvalid.
    """
    clock = clock or SystemClock()
    randomness = randomness or SystemRandomness()
    facilities = Facilities(
        clock=clock,
        randomness=randomness,
        limiter=limiter or MemoryLimiter(clock),
        security=SecurityLog(on_security_event),
        transport=transport,
        verifier=verifier,
        denylist=denylist,
        signer=signer,
        readiness_checks=readiness_checks or {},
        policies=policies or {},
        answers=answers,
        observer=build_observer(config, clock, randomness),
        extensions=tuple(extensions),
        environ=environ or {},
    )
    return RouterApp(config, supergraph_sdl, facilities, on_retired)
