"""The declaration of one subgraph: all that the composition root needs to know of it, as one value."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import MetaData
from starlette.routing import BaseRoute

from entrepot.shared.auth import KERNEL_PERMISSIONS, Denylist, Permissions
from entrepot.shared.caching import Cache, Limiter
from entrepot.shared.config import read_settings
from entrepot.shared.environment import Environment
from entrepot.shared.events import Event, HandlerTable, UnitOfWork, UnitOfWorkFactory
from entrepot.shared.events.event import known_contracts
from entrepot.shared.events.fan_out.jobs import job_channel
from entrepot.shared.events.operations.pruning import PruningRule
from entrepot.shared.events.operations.read_models import ReadModel
from entrepot.shared.events.snapshots.backfilling import StateSource
from entrepot.shared.graphql import SubgraphSchema
from entrepot.shared.states import StateMachine

P = TypeVar("P")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Erasure(Generic[P]):
    """Personal data that can be erased: `erase` deletes or replaces that of the user, and returns how many rows."""

    data: str
    """What is erased, for the report and the audit log, such as `name and email address`."""
    erase: Callable[[UnitOfWork[P], str], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class SubgraphDependencies:
    """What the composition root lends every subgraph beside its database and the bus."""

    environment: Environment
    cache: Cache
    limiter: Limiter
    denylist: Denylist
    data_folder: Path
    is_demo: bool = False
    permissions: Permissions = KERNEL_PERMISSIONS
    """The scopes and roles of all subgraphs."""


@dataclass(frozen=True, slots=True)
class Job(Generic[P]):
    """Work that comes back: `run` answers how much it did, and is asked again at once while that is not nothing.

    Between rounds it sleeps `interval` seconds, or until a unit of work wakes it with `UnitOfWork.notify_job`. One
    process at a time runs it, by a lease; with `runs_everywhere`, every worker does: what it does must allow for that.
    """

    name: str
    interval: float
    run: Callable[[UnitOfWorkFactory[P]], Awaitable[int]]
    runs_everywhere: bool = False

    @property
    def channel(self) -> str:
        return job_channel(self.name)


ChangedEntities = Mapping[type[Event], Mapping[str, tuple[str, ...]]]
"""Contract -> the entities that differ after its event: by type, the fields of the event that hold their keys."""


@dataclass(frozen=True, slots=True)
class Subgraph(Generic[P, S]):
    """One domain: its schema, tables, reactions, work and demo data, and all that others list for it."""

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
    """Where it stored aggregates before their full-state contract was published."""
    permissions: Permissions = field(default_factory=Permissions)
    """Its scopes and the roles that have them."""
    machines: tuple[StateMachine[Any], ...] = ()
    """The lives of its objects, printed into docs/state-machines.md."""
    shows: ChangedEntities = field(default_factory=dict)
    """What its events change in the graph; a contract that is absent changes nothing that is shown."""
    prunes: tuple[PruningRule, ...] = ()
    """Which rows of its own tables are deleted, and when."""
    erases: tuple[Erasure[P], ...] = ()
    """How the personal data of one person is erased; see `entrepot.shared.erasure`."""
    deployed_settings: tuple[str, ...] = ()
    """Settings that deployment files pass on from variables of the same names, beside the database's URL."""
    has_shared_files: bool = False
    """Whether all its processes share a folder, such as that of signing keys."""
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
