"""The composition root of accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from entrepot.shared.subgraph import Facilities, Subgraph
from entrepot.subgraphs.accounts.api.schema import SCHEMA
from entrepot.subgraphs.accounts.attempts import Attempts
from entrepot.subgraphs.accounts.config import AccountsSettings
from entrepot.subgraphs.accounts.jobs import JOBS
from entrepot.subgraphs.accounts.key_ring import KeyRing
from entrepot.subgraphs.accounts.key_set import build_routes
from entrepot.subgraphs.accounts.models import Base
from entrepot.subgraphs.accounts.passwords import Argon2Passwords
from entrepot.subgraphs.accounts.ports import AccountsPorts
from entrepot.subgraphs.accounts.seeds import seed
from entrepot.subgraphs.accounts.tokens import TokenIssuer


def _build_ports(settings: AccountsSettings, facilities: Facilities) -> AccountsPorts:
    seams = facilities.seams
    keys = KeyRing.open(facilities.data_folder / "accounts" / "keys", seams.clock, settings)
    return AccountsPorts(
        settings=settings,
        passwords=Argon2Passwords(settings, seams.randomness),
        keys=keys,
        tokens=TokenIssuer(settings, keys, seams),
        attempts=Attempts(settings, facilities.limiter),
        denylist=facilities.denylist,
    )


SUBGRAPH: Final = Subgraph(
    name="accounts",
    schema=SCHEMA,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    settings=AccountsSettings,
    build_ports=_build_ports,
    jobs=JOBS,
    seed=seed,
    routes=build_routes,
)
