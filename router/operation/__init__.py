"""Operations: parsed, normalized, hashed."""

from entrepot.router.operation.hash import hash_operation, hash_text
from entrepot.router.operation.model import NormalizedOperation, VariableDefinition, print_operation
from entrepot.router.operation.normalize import normalize_operation, resolve_deferrals, select_operation
from entrepot.router.operation.parse import parse_document

__all__ = [
    "NormalizedOperation",
    "VariableDefinition",
    "hash_operation",
    "hash_text",
    "normalize_operation",
    "parse_document",
    "print_operation",
    "resolve_deferrals",
    "select_operation",
]
