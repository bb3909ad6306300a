"""The composition root of payments."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final, cast

from sqlalchemy import Table

from entrepot.shared.events.contracts.payments import (
    PaymentAuthorized,
    PaymentChanged,
    PaymentDeclined,
    PaymentVoided,
)
from entrepot.shared.events.operations.pruning import PruningRule
from entrepot.shared.events.snapshots.backfilling import StateSource
from entrepot.shared.subgraph import Erasure, Job, Subgraph, SubgraphDependencies
from entrepot.subgraphs.payments.adapters.local import LocalProvider
from entrepot.subgraphs.payments.api.schema import SCHEMA
from entrepot.subgraphs.payments.config import PaymentsSettings
from entrepot.subgraphs.payments.handlers import HANDLERS
from entrepot.subgraphs.payments.models import Base, PaymentMethod
from entrepot.subgraphs.payments.permissions import PERMISSIONS
from entrepot.subgraphs.payments.ports import PaymentsDependencies
from entrepot.subgraphs.payments.service import PROCESS_JOB, process_due
from entrepot.subgraphs.payments.service.erasure import erase_payment_methods
from entrepot.subgraphs.payments.service.snapshots import list_payment_states
from entrepot.subgraphs.payments.states import PAYMENT


def _build_dependencies(settings: PaymentsSettings, shared_dependencies: SubgraphDependencies) -> PaymentsDependencies:
    return PaymentsDependencies(settings, LocalProvider(shared_dependencies.data_folder / "local-provider.jsonl"))


_METHODS: Final = cast("Table", PaymentMethod.__table__)

SUBGRAPH: Final = Subgraph(
    name="payments",
    schema=SCHEMA,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    settings=PaymentsSettings,
    build_dependencies=_build_dependencies,
    permissions=PERMISSIONS,
    machines=(PAYMENT,),
    shows={
        contract: {"Payment": ("payment_id",)}
        for contract in (PaymentAuthorized, PaymentDeclined, PaymentVoided, PaymentChanged)
    },
    handlers=HANDLERS,
    state_sources=(StateSource(PaymentChanged, list_payment_states),),
    deployed_settings=("lease", "retry_base"),
    jobs=(Job(PROCESS_JOB, 1.0, process_due),),
    prunes=(PruningRule(_METHODS, _METHODS.c.expires_at, timedelta()),),
    erases=(Erasure("payment methods", erase_payment_methods),),
)
