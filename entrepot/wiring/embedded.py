"""The whole shop in one process: every subgraph on SQLite, the bus in memory, the router in front."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from entrepot.router.app import RouterApp, build_router_app
from entrepot.router.config import RouterConfig
from entrepot.router.execution import AsgiTransport
from entrepot.shared.auth import Denylist, IdentitySigner, IdentityVerifier
from entrepot.shared.caching import MemoryCache, MemoryLimiter
from entrepot.shared.db import Database
from entrepot.shared.environment import Environment
from entrepot.shared.events import MemoryBus, MemoryFanOut
from entrepot.shared.events.outbox.outbox import Progress
from entrepot.shared.graphql import IdentityPolicy
from entrepot.shared.process import Connections, SubgraphProcess
from entrepot.shared.subgraph import SubgraphDependencies
from entrepot.subgraphs.registry import SUBGRAPHS, load, load_permissions
from entrepot.wiring.folder_lock import FolderLock
from entrepot.wiring.in_process import build_verifier
from entrepot.wiring.invalidation import AnswerInvalidation
from entrepot.wiring.storefront_graph import StorefrontGraph
from entrepot.wiring.supergraph import compose_or_raise
from entrepot.wiring.tracing import build_tracer

_ISSUER: Final = "accounts"
_IDLE_POLL_INTERVAL: Final = 0.01
_MAX_REVOCATIONS: Final = 1_000_000

Prepare = Callable[[Mapping[str, SubgraphProcess]], Awaitable[None]]


class EmbeddedShop:
    """All subgraphs and the router, wired; `open` before serving `app`, `close` after.

    `app` is the `router` with the storefront graph beside it.
    """

    router: RouterApp
    app: StorefrontGraph

    def __init__(
        self,
        folder: Path,
        *,
        environment: Environment | None = None,
        environ: Mapping[str, str] | None = None,
        names: Sequence[str] = SUBGRAPHS,
        is_demo: bool = False,
    ) -> None:
        self.environment = environment or Environment.system()
        self._environ = os.environ if environ is None else environ
        # Names, not addresses: in the process they are looked up, never resolved.
        self._urls = {name: f"http://{name}/graphql" for name in names}
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = FolderLock(folder)
        self._tracer = build_tracer(self._environ, "entrepot", self.environment.randomness)
        clock = self.environment.clock
        cache = MemoryCache(clock)
        # A cache of its own: no other traffic may push a revocation out.
        denylist = Denylist(MemoryCache(clock, max_entries=_MAX_REVOCATIONS), clock)
        self._shared_dependencies = SubgraphDependencies(
            self.environment, cache, MemoryLimiter(clock), denylist, folder, is_demo, load_permissions()
        )
        self._identity_key = Ed25519PrivateKey.generate()
        self.signer = IdentitySigner(self._identity_key, clock)
        self.bus = MemoryBus()
        self.fan_out = MemoryFanOut()
        self.processes = {name: self._build_process(name, folder) for name in names}
        issuer = self.processes.get(_ISSUER)
        self.verifier = None if issuer is None else build_verifier(issuer, clock, denylist)
        self._transport: AsgiTransport | None = None

    async def open(self, config: RouterConfig, *, prepare: Prepare | None = None) -> None:
        """Migrate, seed, start the work of every subgraph, and wait until each has heard what the others announced.

        `prepare` is called with the processes once they are migrated, and before any of them works.
        """
        processes = self.processes.values()
        self._lock.acquire()
        for process in processes:
            await process.migrate()
            await process.release_stale_leases()
        if prepare is not None:
            await prepare(self.processes)
        for process in processes:
            await process.subscribe()
        if self._shared_dependencies.is_demo:
            for process in processes:
                await process.seed()
        for process in processes:
            await process.start()
        await self.wait_until_idle()
        self._transport = AsgiTransport({name: process.build_app() for name, process in self.processes.items()})
        self.router = build_router_app(
            config,
            compose_or_raise([process.subgraph for process in self.processes.values()], self._urls),
            transport=self._transport,
            verifier=self.verifier,
            signer=self.signer,
            clock=self.environment.clock,
            randomness=self.environment.randomness,
            readiness_checks={name: process.check for name, process in self.processes.items()},
        )
        self.app = StorefrontGraph(self.router)
        await AnswerInvalidation(self.router.invalidate, self.processes.values()).listen(self.bus)

    async def wait_until_idle(self) -> None:
        """Return when every event has been dealt with.

        A handler may publish further events, also in a subgraph that was already checked: the shop is idle when
        nothing was announced while all were looked at.
        """
        while True:
            before = await self._read_progress()
            if not any(progress.undelivered for progress in before) and before == await self._read_progress():
                return
            await self.environment.clock.sleep(_IDLE_POLL_INTERVAL)

    async def close(self) -> None:
        if self._transport is not None:
            await self._transport.aclose()
        await asyncio.gather(*(process.stop() for process in self.processes.values()))
        await self.bus.close()
        await asyncio.to_thread(self._tracer.close)
        self._lock.release()

    def build_subgraph_apps(self) -> ASGIApp:
        """Each subgraph below its name, for another router: it may forward the client's own token."""
        return Starlette(
            routes=[
                Mount(f"/{name}", app=process.build_app(IdentityPolicy(self._verifier_of(name), self.verifier)))
                for name, process in self.processes.items()
            ]
        )

    async def _read_progress(self) -> list[Progress]:
        return [await process.read_progress() for process in self.processes.values()]

    def _build_process(self, name: str, folder: Path) -> SubgraphProcess:
        database = Database(f"sqlite:///{folder / name}.db", self.environment.clock)
        identity = IdentityPolicy(self._verifier_of(name))
        connections = Connections(database, self.bus, self.fan_out, identity, self._tracer, is_alone=True)
        return SubgraphProcess(load(name), connections, self._shared_dependencies, self._environ)

    def _verifier_of(self, name: str) -> IdentityVerifier:
        return IdentityVerifier(self._identity_key.public_key(), name, self.environment.clock)
