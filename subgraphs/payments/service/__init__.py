"""Use cases of payments."""

from entrepot.subgraphs.payments.service.processing import process_due, process_payment
from entrepot.subgraphs.payments.service.requests import PROCESS_JOB, Unit, request_authorization, request_void

__all__ = ["PROCESS_JOB", "Unit", "process_due", "process_payment", "request_authorization", "request_void"]
