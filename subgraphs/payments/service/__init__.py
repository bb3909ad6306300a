"""Use cases of payments."""

from entrepot.subgraphs.payments.service.requests import SETTLE_JOB, Unit, request_authorization, request_void
from entrepot.subgraphs.payments.service.settlement import settle_due, settle_payment

__all__ = ["SETTLE_JOB", "Unit", "request_authorization", "request_void", "settle_due", "settle_payment"]
