"""The declaration of one subgraph: all that the composition root needs to know of it, as one value."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import MetaData
from starlette.routing import BaseRoute

from entrepot.shared.auth import Denylist
from entrepot.shared.caching import Cache, Limiter
from entrepot.shared.config import read_settings
from entrepot.shared.environment import Environment
from entrepot.shared.events import HandlerTable, UnitOfWorkFactory
from entrepot.shared.events.event import known_contracts
from entrepot.shared.events.fan_out.jobs import job_channel
from entrepot.shared.events.operations.read_models import ReadModel
from entrepot.shared.events.snapshots.backfilling import StateSource
from entrepot.shared.graphql import SubgraphSchema

P = TypeVar("P")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class SubgraphDependencies:
    """What the composition root lends every subgraph beside its database and the bus."""

    environment: Environment
    cache: Cache
    limiter: Limiter
    denylist: Denylist
    data_folder: Path
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class Job(Generic[P]):
    """Work that comes back: `run` answers how much it did, and is asked again at once while that is not nothing.

    Between rounds it sleeps `interval` seconds, or until a unit of work wakes it with `UnitOfWork.notify_job`.
    """

    name: str
    interval: float
    run: Callable[[UnitOfWorkFactory[P]], Awaitable[int]]

    @property
    def channel(self) -> str:
        return job_channel(self.name)


@dataclass(frozen=True, slots=True)
class Subgraph(Generic[P, S]):
    """One domain: its schema, tables, reactions, work and demo data."""

    name: str
    schema: SubgraphSchema
    metadata: MetaData
    migrations: Path
    settings: type[S]
    build_dependencies: Callable[[S, SubgraphDependencies], P]
    handlers: HandlerTable = field(default_factory=dict)
    jobs: tuple[Job[P], ...] = ()
    read_models: tuple[ReadModel, ...] = ()
    state_sources: tuple[StateSource, ...] = ()
    seed: Callable[[UnitOfWorkFactory[P]], Awaitable[None]] | None = None
    routes: Callable[[P], Sequence[BaseRoute]] = field(default=lambda _ports: ())

    @property
    def snapshots(self) -> tuple[str, ...]:
        """The full-state contracts of this domain, by type: it sends snapshots of them on request."""
        domain = f"{self.name}."
        return tuple(
            sorted({each.TYPE for each in known_contracts() if each.IS_FULL_STATE and each.TYPE.startswith(domain)})
        )

    def read_settings(self, environ: Mapping[str, str]) -> S:
        """The settings, named `ENTREPOT_<NAME>_<FIELD>`; raises SettingsInvalid."""
        return read_settings(self.settings, environ, f"ENTREPOT_{self.name.upper()}")


AnySubgraph = Subgraph[Any, Any]
