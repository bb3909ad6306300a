"""A supergraph file read into typed values: subgraphs, types with their join metadata, the API schema."""

from entrepot.router.supergraph.demand import Demand
from entrepot.router.supergraph.model import (
    FieldDefinition,
    Subgraph,
    Supergraph,
    TypeDefinition,
    TypeKind,
    TypeReference,
)
from entrepot.router.supergraph.reader import read_supergraph, read_type_reference
from entrepot.router.supergraph.selections import parse_field_set, read_arguments

__all__ = [
    "Demand",
    "FieldDefinition",
    "Subgraph",
    "Supergraph",
    "TypeDefinition",
    "TypeKind",
    "TypeReference",
    "parse_field_set",
    "read_arguments",
    "read_supergraph",
    "read_type_reference",
]
