"""The composition root of accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from entrepot.shared.events.contracts.accounts import UserChanged, UserRegistered
from entrepot.shared.events.snapshots.backfilling import StateSource
from entrepot.shared.subgraph import Erasure, Subgraph, SubgraphDependencies
from entrepot.subgraphs.accounts.api.schema import SCHEMA
from entrepot.subgraphs.accounts.attempts import Attempts
from entrepot.subgraphs.accounts.config import AccountsSettings
from entrepot.subgraphs.accounts.jobs import JOBS
from entrepot.subgraphs.accounts.key_ring import KeyRing
from entrepot.subgraphs.accounts.key_set import build_routes
from entrepot.subgraphs.accounts.models import Base
from entrepot.subgraphs.accounts.passwords import Argon2Passwords
from entrepot.subgraphs.accounts.permissions import PERMISSIONS
from entrepot.subgraphs.accounts.ports import AccountsDependencies
from entrepot.subgraphs.accounts.seeds import seed
from entrepot.subgraphs.accounts.service.erasure import erase_account
from entrepot.subgraphs.accounts.service.snapshots import list_user_states
from entrepot.subgraphs.accounts.states import SESSION
from entrepot.subgraphs.accounts.tokens import TokenIssuer


def _build_dependencies(settings: AccountsSettings, shared_dependencies: SubgraphDependencies) -> AccountsDependencies:
    environment = shared_dependencies.environment
    keys = KeyRing.open(shared_dependencies.data_folder / "accounts" / "keys", environment.clock, settings)
    return AccountsDependencies(
        settings=settings,
        passwords=Argon2Passwords(settings, environment.randomness),
        keys=keys,
        tokens=TokenIssuer(settings, keys, environment, shared_dependencies.permissions),
        permissions=shared_dependencies.permissions,
        attempts=Attempts(settings, shared_dependencies.limiter),
        denylist=shared_dependencies.denylist,
    )


SUBGRAPH: Final = Subgraph(
    name="accounts",
    schema=SCHEMA,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    settings=AccountsSettings,
    build_dependencies=_build_dependencies,
    permissions=PERMISSIONS,
    machines=(SESSION,),
    shows={contract: {"User": ("user_id",)} for contract in (UserRegistered, UserChanged)},
    erases=(Erasure("name, email address, password", erase_account),),
    jobs=JOBS,
    state_sources=(StateSource(UserChanged, list_user_states),),
    seed=seed,
    routes=build_routes,
    deployed_settings=("argon2_time_cost", "argon2_memory_kib", "first_admin_email", "first_admin_password"),
    has_shared_files=True,
)
