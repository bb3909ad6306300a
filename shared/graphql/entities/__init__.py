"""Entities as declarations: types made from rows, their keys, their relations and the queries that find them."""

from entrepot.shared.graphql.entities.entity import entity, extension, finder_of, foreign
from entrepot.shared.graphql.entities.lookups import find, lookup
from entrepot.shared.graphql.entities.relations import many, one, refers
from entrepot.shared.graphql.entities.rows import derived, derived_private, is_row_type, money, read_row, row_type
from entrepot.shared.graphql.entities.transitions import transitions

__all__ = [
    "derived",
    "derived_private",
    "entity",
    "extension",
    "find",
    "finder_of",
    "foreign",
    "is_row_type",
    "lookup",
    "many",
    "money",
    "one",
    "read_row",
    "refers",
    "row_type",
    "transitions",
]
