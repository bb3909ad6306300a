"""The Strawberry base of every subgraph."""

from entrepot.shared.graphql.app import SubgraphView, build_app
from entrepot.shared.graphql.arguments import After, Before, First, Last
from entrepot.shared.graphql.connections import Connection, connect, connection
from entrepot.shared.graphql.context import Context, Fetch
from entrepot.shared.graphql.endpoint import SubgraphEndpoint
from entrepot.shared.graphql.entities import (
    derived,
    derived_private,
    entity,
    extension,
    find,
    foreign,
    lookup,
    many,
    money,
    one,
    read_row,
    refers,
    row_type,
    transitions,
)
from entrepot.shared.graphql.errors import (
    IdempotencyConflictError,
    InvalidInputError,
    InvalidTransitionError,
    NotFoundError,
    StaleVersionError,
    UserError,
    error_type,
)
from entrepot.shared.graphql.execution import batch_field, each
from entrepot.shared.graphql.identity import IdentityPolicy
from entrepot.shared.graphql.mutations import Call, Once, Shows, by_id, mutation
from entrepot.shared.graphql.representations import Representation, read_key, refer_each
from entrepot.shared.graphql.scalars import CurrencyCode, Long
from entrepot.shared.graphql.schema import SubgraphSchema
from entrepot.shared.graphql.types import Money, MoneyInput, PageInfo, TaxLine

__all__ = [
    "After",
    "Before",
    "Call",
    "Connection",
    "Context",
    "CurrencyCode",
    "Fetch",
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
    "by_id",
    "connect",
    "connection",
    "derived",
    "derived_private",
    "each",
    "entity",
    "error_type",
    "extension",
    "find",
    "foreign",
    "lookup",
    "many",
    "money",
    "mutation",
    "one",
    "read_key",
    "read_row",
    "refer_each",
    "refers",
    "row_type",
    "transitions",
]
