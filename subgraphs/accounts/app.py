"""The composition root of accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shared.subgraph import Facilities, Subgraph
from subgraphs.accounts.api.schema import SCHEMA
from subgraphs.accounts.attempts import Attempts
from subgraphs.accounts.config import AccountsSettings
from subgraphs.accounts.jobs import JOBS
from subgraphs.accounts.key_ring import KeyRing
from subgraphs.accounts.key_set import build_routes
from subgraphs.accounts.models import Base
from subgraphs.accounts.passwords import Argon2Passwords
from subgraphs.accounts.ports import AccountsPorts
from subgraphs.accounts.seeds import seed
from subgraphs.accounts.tokens import TokenIssuer


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
