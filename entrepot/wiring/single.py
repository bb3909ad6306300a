"""One process on PostgreSQL: all subgraphs and the router in it, a second such process stands by.

Each subgraph has its own database and role. The bus is in memory, fed by the outboxes. What must outlive the process
(revoked tokens, counters of attempts) is in the database of accounts, where leaders are elected too.
"""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import make_url
from sqlalchemy.pool import NullPool
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from entrepot.router.app import RouterApp, build_router_app
from entrepot.router.config import RouterConfig
from entrepot.router.execution import AsgiTransport
from entrepot.router.web.pages.metrics import MetricsPage
from entrepot.shared.auth import Denylist, IdentitySigner, IdentityVerifier
from entrepot.shared.caching import CacheUnavailable, MemoryCache, MemoryLimiter
from entrepot.shared.caching.postgres import PostgresCache, PostgresLimiter, create_tables
from entrepot.shared.db import ConnectionOptions, Database
from entrepot.shared.db.engine import create_engine
from entrepot.shared.db.fence import Fence
from entrepot.shared.db.leadership import Leadership
from entrepot.shared.environment import Environment
from entrepot.shared.events import MemoryBus, MemoryFanOut
from entrepot.shared.graphql import IdentityPolicy
from entrepot.shared.process import Connections, SubgraphProcess
from entrepot.shared.subgraph import SubgraphDependencies
from entrepot.shared.supervision import Supervisor
from entrepot.shared.telemetry import get_logger
from entrepot.subgraphs.registry import SUBGRAPHS, load, load_permissions
from entrepot.wiring.databases import named
from entrepot.wiring.in_process import build_verifier
from entrepot.wiring.invalidation import AnswerInvalidation
from entrepot.wiring.revisions import check_revisions
from entrepot.wiring.single_settings import SingleSettings
from entrepot.wiring.storefront_graph import StorefrontGraph
from entrepot.wiring.supergraph import compose_or_raise
from entrepot.wiring.tracing import build_tracer

_log: Final = get_logger(__name__)
_ELECTING: Final = "accounts"
"""The subgraph in whose database leaders are elected, and what is not a subgraph's is kept."""
_STATE_CONNECTIONS: Final = 4
_PRUNE_SECONDS: Final = 60.0


class SingleShop:
    """All of it: `prepare`, `stand_by` until this process leads, `open`, `keep` for as long as it leads, `close`."""

    def __init__(
        self, settings: SingleSettings, config: RouterConfig, *, environment: Environment | None = None
    ) -> None:
        self.settings = settings
        self.environment = environment or Environment.system()
        clock = self.environment.clock
        self._tracer = build_tracer(settings.own, "entrepot", self.environment.randomness)
        self._has_metrics = config.observability.metrics.enabled
        self._urls = {name: make_url(url) for name, url in settings.urls.items()}
        self._fence = Fence()
        holder = f"process {os.getpid()} on {socket.gethostname()}"
        self.leadership = Leadership(self._urls[_ELECTING], clock, settings.leadership, holder)
        # Connections of their own: a request that revokes a token holds one of accounts already.
        options = ConnectionOptions(pool_size=_STATE_CONNECTIONS, pool_overflow=_STATE_CONNECTIONS)
        self._state = Database(settings.urls[_ELECTING], clock, options, check=self._fence.check)
        self._revoked = PostgresCache(self._state.engine, clock, lambda: self.leadership.is_confirmed)
        denylist = Denylist(self._revoked, clock)
        limiter = PostgresLimiter(self._state.engine, MemoryLimiter(clock))
        self._shared_dependencies = SubgraphDependencies(
            self.environment, MemoryCache(clock), limiter, denylist, settings.folder, permissions=load_permissions()
        )
        # Nobody else signs or verifies with it: it need not outlive the process.
        self._identity_key = Ed25519PrivateKey.generate()
        self.bus = MemoryBus()
        self._fan_out = MemoryFanOut()
        self.processes = {name: self._build_process(name) for name in SUBGRAPHS}
        self.router = self._build_router(config, denylist)
        self.app = StorefrontGraph(self.router)
        self._supervisor = Supervisor("shared-state", self.environment)

    async def prepare(self) -> None:
        """Make sure that every database is there and lets this process in; raises DatabaseRefused and RevisionUnknown.

        Nothing is changed but what leaders are elected by.
        """
        for name, process in self.processes.items():
            with named(self._urls[name]):
                await check_revisions(name, self._urls[name], process.subgraph.migrations)
        with named(self._urls[_ELECTING]):
            await self.leadership.prepare()

    async def stand_by(self) -> None:
        """Return when this process leads."""
        self._fence.epoch = await self.leadership.stand_by()

    async def open(self) -> None:
        """Shut the former leader out, bring the tables to the newest revision, and begin all work.

        `keep` must run at the same time, or a standby takes this process for one that is stopped.
        """
        await asyncio.gather(*(self._raise_fence(name) for name in self.processes))
        for name, process in self.processes.items():
            if not await check_revisions(name, self._urls[name], process.subgraph.migrations):
                await process.migrate()
        await create_tables(self._state.engine)
        await self._revoked.open()
        for process in self.processes.values():
            await process.release_stale_leases()
        for process in self.processes.values():
            await process.subscribe()
        await AnswerInvalidation(self.router.invalidate, self.processes.values()).listen(self.bus)
        for process in self.processes.values():
            await process.start()
        self._supervisor.start("prune", self._prune)

    async def keep(self) -> None:
        """Lead; raises LeadershipLost when another process does."""
        await self.leadership.keep()

    def build_metrics_app(self) -> ASGIApp:
        """The router's metrics at their path, those of each subgraph at `/<name>/metrics`."""
        routes: list[BaseRoute] = [
            Route(f"/{name}/metrics", process.answer_metrics) for name, process in self.processes.items()
        ]
        if self.router.metrics is not None:
            page = MetricsPage(self.router.metrics)
            routes.append(Mount(self.router.config.observability.metrics.path, page))
        return Starlette(routes=routes)

    async def close(self) -> None:
        """End the work in order, and give leadership up last."""
        await self._supervisor.stop()
        await self._transport.aclose()
        await asyncio.gather(*(process.stop() for process in self.processes.values()))
        await self.bus.close()
        await self._state.dispose()
        await self.leadership.close()
        await asyncio.to_thread(self._tracer.close)

    async def _raise_fence(self, name: str) -> None:
        url = self._urls[name]
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True)
        try:
            with named(url):
                async with engine.connect() as connection:
                    await self._fence.raise_in(connection)
        finally:
            await engine.dispose()

    async def _prune(self) -> None:
        while True:
            await self.environment.clock.sleep(_PRUNE_SECONDS)
            try:
                await self._revoked.prune()
            except CacheUnavailable:
                _log.warning("shared_state.prune_failed")

    def _build_process(self, name: str) -> SubgraphProcess:
        settings = self.settings
        database = Database(settings.urls[name], self.environment.clock, settings.connections, check=self._fence.check)
        connections = Connections(
            database, self.bus, self._fan_out, self._identity_of(name), self._tracer, is_alone=True
        )
        return SubgraphProcess(load(name), connections, self._shared_dependencies, settings.own)

    def _identity_of(self, name: str) -> IdentityPolicy:
        return IdentityPolicy(IdentityVerifier(self._identity_key.public_key(), name, self.environment.clock))

    def _build_router(self, config: RouterConfig, denylist: Denylist) -> RouterApp:
        clock = self.environment.clock
        apps = {
            name: process.build_app(self._identity_of(name), with_metrics=self._has_metrics)
            for name, process in self.processes.items()
        }
        self._transport = AsgiTransport(apps)
        urls = {name: f"http://{name}/graphql" for name in self.processes}
        return build_router_app(
            config,
            compose_or_raise([process.subgraph for process in self.processes.values()], urls),
            transport=self._transport,
            verifier=build_verifier(self.processes[_ELECTING], clock, denylist),
            signer=IdentitySigner(self._identity_key, clock),
            clock=clock,
            randomness=self.environment.randomness,
            readiness_checks={name: process.check for name, process in self.processes.items()},
        )
