"""What payments react to."""

from __future__ import annotations

from typing import Final

from entrepot.shared.events import Handler, HandlerTable
from entrepot.shared.events.contracts.payments import AuthorizePayment, VoidPayment
from entrepot.subgraphs.payments import service

HANDLERS: Final[HandlerTable] = {
    AuthorizePayment: (Handler("authorize-payment", service.request_authorization),),
    VoidPayment: (Handler("void-payment", service.request_void),),
}
