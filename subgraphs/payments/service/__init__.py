"""Use cases of payments."""

from entrepot.subgraphs.payments.service.methods import (
    AddPaymentMethod,
    add_payment_method,
    find_payment_method,
)
from entrepot.subgraphs.payments.service.processing import process_due, process_payment
from entrepot.subgraphs.payments.service.requests import PROCESS_JOB, request_authorization, request_void
from entrepot.subgraphs.payments.service.unit import Unit

__all__ = [
    "PROCESS_JOB",
    "AddPaymentMethod",
    "Unit",
    "add_payment_method",
    "find_payment_method",
    "process_due",
    "process_payment",
    "request_authorization",
    "request_void",
]
