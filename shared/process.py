"""A subgraph at work: its database open and migrated, its app answering, its relay, consumer and jobs running."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Self

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from entrepot.shared.audit.chaining import CHAIN_JOB, CHAIN_SECONDS, Chaining
from entrepot.shared.audit.settings import read_audit_key
from entrepot.shared.db import Database, DatabaseUnavailable, migrate, trace_statements
from entrepot.shared.db.metrics import collect_connections, collect_up
from entrepot.shared.events import KERNEL, Bus, Consumer, FanOut, HandlerTable, Relay, UnitOfWorkFactory
from entrepot.shared.events.contracts.snapshots import SnapshotRequested
from entrepot.shared.events.fan_out.fan_out import Listener, first_of
from entrepot.shared.events.operations.administration import RETRY_JOB
from entrepot.shared.events.operations.counters import EventCounters
from entrepot.shared.events.operations.job_leases import JobLeases, release_all_jobs
from entrepot.shared.events.operations.metrics import (
    collect_consumers,
    collect_counters,
    collect_restarts,
    collect_tables,
    collect_unknown_versions,
)
from entrepot.shared.events.operations.pruning import PRUNE_JOB, PRUNE_SECONDS, RULES, Pruning
from entrepot.shared.events.operations.published_versions import split_publish_versions
from entrepot.shared.events.outbox.outbox import Progress, read_progress, release_all_leases
from entrepot.shared.events.snapshots.backfilling import BACKFILL_JOB, BACKFILL_SECONDS, Backfilling
from entrepot.shared.events.snapshots.rebuilding import REBUILD_JOB, REBUILD_SECONDS, Rebuilds
from entrepot.shared.events.snapshots.sending import SEND_JOB, SEND_SECONDS, SnapshotSender, build_request_handler
from entrepot.shared.graphql import IdentityPolicy, SubgraphEndpoint, SubgraphView, build_app
from entrepot.shared.graphql.measured import MeasuredApp, RequestHistograms, collect_requests
from entrepot.shared.subgraph import AnySubgraph, Job, SubgraphDependencies
from entrepot.shared.supervision import Supervisor
from entrepot.shared.telemetry import NoOpTracer, Tracer, configure_work_log, get_logger, use_span
from entrepot.shared.telemetry.families import render_page

_log: Final = get_logger(__name__)
_RETRY_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Connections:
    """What this process is joined to: the subgraph's database, the bus, the fan-out, whom it believes, who records.

    `is_alone` where no other process can work on the database: its jobs need no leases.
    """

    database: Database
    bus: Bus
    fan_out: FanOut
    identity: IdentityPolicy
    tracer: Tracer | None = None
    is_alone: bool = False


class SubgraphProcess:
    """Serves (`build_app`) and works (`start`, `stop`) for one subgraph; a process may do both or either."""

    def __init__(
        self,
        subgraph: AnySubgraph,
        connections: Connections,
        shared_dependencies: SubgraphDependencies,
        environ: Mapping[str, str],
    ) -> None:
        configure_work_log(environ)
        self.subgraph = subgraph
        self.database = connections.database
        self._connections = connections
        self._environment = shared_dependencies.environment
        self._tracer = connections.tracer or NoOpTracer(self._environment.randomness)
        if self._tracer.is_on:
            trace_statements(self.database, self._tracer)
        publish_versions, environ = split_publish_versions(subgraph.name, environ)
        self.settings: Any = subgraph.read_settings(environ)
        self.dependencies: Any = subgraph.build_dependencies(self.settings, shared_dependencies)
        self.counters = EventCounters()
        self.requests = RequestHistograms()
        self.relay = Relay(
            subgraph.name,
            self.database,
            connections.bus,
            self._environment,
            counters=self.counters,
            tracer=self._tracer,
        )
        self.transactions: UnitOfWorkFactory[Any] = UnitOfWorkFactory(
            subgraph.name,
            self.database,
            self._environment,
            self.dependencies,
            connections.fan_out,
            self._notify_relay,
            self._tracer,
            publish_versions,
        )
        handlers: HandlerTable = subgraph.handlers
        if subgraph.snapshots:
            handlers = {**handlers, SnapshotRequested: (build_request_handler(subgraph.snapshots),)}
        self.consumer: Consumer[Any] = Consumer(handlers, self.transactions, counters=self.counters)
        self.rebuilds = Rebuilds(subgraph.read_models, self.transactions)
        archive = shared_dependencies.data_folder / "archive"
        self.jobs: tuple[Job[Any], ...] = (
            Job(RETRY_JOB, _RETRY_SECONDS, self.consumer.retry_letters),
            Job(PRUNE_JOB, PRUNE_SECONDS, Pruning(archive, (*RULES, *subgraph.prunes), self.counters).run),
            Job(CHAIN_JOB, CHAIN_SECONDS, Chaining(read_audit_key(environ)).run),
            *self._build_snapshot_jobs(),
            *subgraph.jobs,
        )
        shared_jobs = () if connections.is_alone else tuple(job for job in self.jobs if not job.runs_everywhere)
        self._leased = frozenset(job.name for job in shared_jobs)
        self.leases = JobLeases(subgraph.name, self.database, self._environment, sorted(self._leased))
        self._supervisor = Supervisor(subgraph.name, self._environment)

    @property
    def is_working(self) -> bool:
        """Whether the work was begun and all of it goes on, and the consumer consumes."""
        consumer = self._connections.bus.consumers().get(self.subgraph.name)
        return self._supervisor.is_working and (consumer is None or consumer.is_consuming)

    def build_app(self, identity: IdentityPolicy | None = None, *, with_metrics: bool = False) -> ASGIApp:
        """A new ASGI app of the subgraph, which identifies callers by `identity`, else as the process does.

        `with_metrics` adds `/metrics`.
        """
        view = SubgraphEndpoint(
            SubgraphView(
                self.subgraph.schema,
                identity or self._connections.identity,
                self.transactions,
                self._connections.fan_out,
            )
        )
        routes = self.subgraph.routes(self.dependencies)
        if not with_metrics:
            return build_app(view, [self.answers], routes)
        measured = MeasuredApp(view, self.requests, self._environment.clock.monotonic)
        return build_app(measured, [self.answers], [*routes, Route("/metrics", self.answer_metrics)])

    async def migrate(self) -> None:
        await migrate(self.database, self.subgraph.migrations, [self.subgraph.metadata, KERNEL])

    async def seed(self) -> None:
        """Put the demo data in; safe to run twice."""
        if self.subgraph.seed is not None:
            await self.subgraph.seed(self.transactions)

    async def subscribe(self) -> None:
        """Take messages from the bus: every subscriber is there before the first relay sends."""
        await self.consumer.start(self._connections.bus)
        await self.rebuilds.subscribe(self._connections.bus)

    def _build_snapshot_jobs(self) -> Iterator[Job[Any]]:
        if self.subgraph.snapshots:
            yield Job(SEND_JOB, SEND_SECONDS, SnapshotSender(self._connections.bus).run)
        if self.subgraph.state_sources:
            yield Job(BACKFILL_JOB, BACKFILL_SECONDS, Backfilling(self.subgraph.state_sources).run)
        if self.subgraph.read_models:
            yield Job(REBUILD_JOB, REBUILD_SECONDS, self.rebuilds.run)

    async def release_stale_leases(self) -> None:
        """Take up at once what a process that died had begun; only where no other process can be at work."""
        async with self.database.write() as session:
            await release_all_leases(session)
            await release_all_jobs(session)
            await session.commit()

    async def start(self) -> Self:
        """Begin to send events and to do the jobs."""
        self._supervisor.start("relay", self.relay.run)
        self._supervisor.start("outbox-listener", self._hear_of_events)
        if self._leased:
            self._supervisor.start("job-leases", self.leases.run)
        for job in self.jobs:
            self._supervisor.start(f"job:{job.name}", partial(self._work, job))
        return self

    async def stop_workers(self) -> None:
        """End the work; what was under way is taken up at the next start, or by another process."""
        await self._supervisor.stop()
        await self.relay.release()
        await self.leases.release()

    async def stop(self) -> None:
        """End the work and close the database."""
        await self.stop_workers()
        await self.database.dispose()

    async def read_progress(self) -> Progress:
        """How far the sending of what this subgraph announced has come."""
        async with self.database.read() as session:
            return await read_progress(session)

    async def _work(self, job: Job[Any]) -> None:
        async with self._connections.fan_out.listen(job.channel) as listener:
            while True:
                self._environment.failpoint(f"{self.subgraph.name}:job:{job.name}")
                if job.name in self._leased:
                    await self.leases.wait_for(job.name)
                try:
                    done = await self._do_round(job)
                except Exception:  # noqa: BLE001 - a job outlives every fault of one round
                    _log.exception("job.round_failed", job=job.name, subgraph=self.subgraph.name)
                    done = 0
                if not done:
                    await self._pause(listener, job)

    async def _do_round(self, job: Job[Any]) -> int:
        if not self._tracer.is_on:
            return await job.run(self.transactions)
        span = self._tracer.start_span(
            f"job {job.name}", parent=None, attributes={"entrepot.subgraph": self.subgraph.name}, is_buffered=True
        )
        with use_span(span):
            done = await job.run(self.transactions)
            if done:
                span.set_attribute("entrepot.done", done)
            else:
                span.drop()
        return done

    async def _pause(self, listener: Listener, job: Job[Any]) -> None:
        try:
            await first_of(listener.wait(), self._environment.clock.sleep(job.interval))
        except Exception:  # noqa: BLE001 - without the fan-out, a job is late but goes on
            _log.exception("job.listener_failed", job=job.name, subgraph=self.subgraph.name)
            await self._environment.clock.sleep(job.interval)

    def _notify_relay(self) -> None:
        """Have the relay look now: the one that runs here, else those of the processes that work for the subgraph."""
        if self._supervisor.is_started:
            self.relay.notify()
        else:
            self._supervisor.run_once("notify-relays", self._notify_relays())

    async def _notify_relays(self) -> None:
        try:
            await self._connections.fan_out.notify(self._outbox_channel)
        except Exception:  # noqa: BLE001 - the relays look by themselves before long
            _log.warning("outbox.notify_failed", subgraph=self.subgraph.name)

    @property
    def _outbox_channel(self) -> str:
        return f"outbox:{self.subgraph.name}"

    async def _hear_of_events(self) -> None:
        async with self._connections.fan_out.listen(self._outbox_channel) as listener:
            while True:
                self._environment.failpoint(f"{self.subgraph.name}:outbox-listener")
                await listener.wait()
                self.relay.notify()

    async def check(self) -> None:
        """Raise when the database does not answer."""
        async with self.database.read() as session:
            await session.execute(text("SELECT 1"))

    async def answer_metrics(self, request: Request) -> Response:
        """What this process counts, and what its database holds, as Prometheus scrapes it."""
        name = self.subgraph.name
        families = [
            *collect_requests(name, self.requests),
            *collect_counters(name, self.counters),
            collect_unknown_versions(name, self.consumer.unknown_versions.waiting(self._environment.clock.monotonic())),
            collect_restarts(name, self._supervisor.restarts),
            *collect_consumers(self._connections.bus),
            *collect_connections(name, self.database),
        ]
        # The rest is reported also when the database is unavailable: that is when somebody looks.
        try:
            async with self.database.read() as session:
                families += await collect_tables(name, session, self._environment.clock.now())
        except DatabaseUnavailable:
            families.append(collect_up(name, is_answering=False))
        else:
            families.append(collect_up(name, is_answering=True))
        page, media_type = render_page(families, request.headers.get("accept", ""))
        return Response(page, headers={"content-type": media_type})

    async def answers(self) -> bool:
        """Whether the database does."""
        try:
            await self.check()
        except Exception:  # noqa: BLE001 - whatever is wrong with it, the answer is no
            _log.exception("health.database_failed", subgraph=self.subgraph.name)
            return False
        return True
