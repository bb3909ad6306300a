"""The composition root of payments."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from entrepot.shared.subgraph import Facilities, Job, Subgraph
from entrepot.subgraphs.payments.adapters.local import LocalProvider
from entrepot.subgraphs.payments.api.schema import SCHEMA
from entrepot.subgraphs.payments.config import PaymentsSettings
from entrepot.subgraphs.payments.handlers import HANDLERS
from entrepot.subgraphs.payments.models import Base
from entrepot.subgraphs.payments.ports import PaymentsPorts
from entrepot.subgraphs.payments.service import SETTLE_JOB, settle_due


def _build_ports(settings: PaymentsSettings, facilities: Facilities) -> PaymentsPorts:
    return PaymentsPorts(settings, LocalProvider(facilities.data_folder / "local-provider.jsonl"))


SUBGRAPH: Final = Subgraph(
    name="payments",
    schema=SCHEMA,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    settings=PaymentsSettings,
    build_ports=_build_ports,
    handlers=HANDLERS,
    jobs=(Job(SETTLE_JOB, 1.0, settle_due),),
)
