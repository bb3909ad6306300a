"""The unit of work of payments."""

from __future__ import annotations

from entrepot.shared.events import UnitOfWork
from entrepot.subgraphs.payments.ports import PaymentsDependencies

Unit = UnitOfWork[PaymentsDependencies]
