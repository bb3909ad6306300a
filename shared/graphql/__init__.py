"""The Strawberry base of every subgraph."""

from entrepot.shared.graphql.app import SubgraphView, build_app
from entrepot.shared.graphql.arguments import After, Before, First, Last
from entrepot.shared.graphql.connections import build_connection
from entrepot.shared.graphql.context import BatchLoader, Context
from entrepot.shared.graphql.endpoint import SubgraphEndpoint
from entrepot.shared.graphql.errors import (
    IdempotencyConflictError,
    InvalidInputError,
    InvalidTransitionError,
    NotFoundError,
    StaleVersionError,
    UserError,
    error_type,
)
from entrepot.shared.graphql.execution import batch_field
from entrepot.shared.graphql.identity import IdentityPolicy
from entrepot.shared.graphql.mutations import Call, Once, Shows, by_id, mutation
from entrepot.shared.graphql.references import refer_each, resolve_by_key, to_graphql
from entrepot.shared.graphql.scalars import CurrencyCode, Long
from entrepot.shared.graphql.schema import Representation, SubgraphSchema, read_key
from entrepot.shared.graphql.types import Money, MoneyInput, PageInfo, TaxLine

__all__ = [
    "After",
    "BatchLoader",
    "Before",
    "Call",
    "Context",
    "CurrencyCode",
    "First",
    "IdempotencyConflictError",
    "IdentityPolicy",
    "InvalidInputError",
    "InvalidTransitionError",
    "Last",
    "Long",
    "Money",
    "MoneyInput",
    "NotFoundError",
    "Once",
    "PageInfo",
    "Representation",
    "Shows",
    "StaleVersionError",
    "SubgraphEndpoint",
    "SubgraphSchema",
    "SubgraphView",
    "TaxLine",
    "UserError",
    "batch_field",
    "build_app",
    "build_connection",
    "by_id",
    "error_type",
    "mutation",
    "read_key",
    "refer_each",
    "resolve_by_key",
    "to_graphql",
]
