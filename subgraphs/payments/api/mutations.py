"""Mutations of payments."""

from __future__ import annotations

from typing import Final

from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import Once, Shows, by_id, mutation
from entrepot.subgraphs.payments import service
from entrepot.subgraphs.payments.api.types import PaymentMethod

MUTATIONS: Final = (
    mutation(
        service.add_payment_method,
        is_authenticated=True,
        shows={"payment_method": Shows(PaymentMethod, "The payment method")},
        refuses=(InvalidInput,),
        once=Once(lambda row: row.id, by_id(service.find_payment_method)),
    ),
)
