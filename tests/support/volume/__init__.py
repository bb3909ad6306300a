"""Tables as they are after very many orders: what one order writes, copied."""

from tests.support.volume.filling import fill, fill_database
from tests.support.volume.template import OrderTemplate, WrittenRow, dsn_of, read_known, read_template, renumber

__all__ = [
    "OrderTemplate",
    "WrittenRow",
    "dsn_of",
    "fill",
    "fill_database",
    "read_known",
    "read_template",
    "renumber",
]
