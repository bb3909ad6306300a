"""The hashes of documents and operations, which are cache keys."""

from __future__ import annotations

from hashlib import sha256

from entrepot.router.operation.model import NormalizedOperation, print_operation


def hash_text(text: str) -> str:
    """The SHA-256 of a document's text, hexadecimal: what automatic persisted queries send.

    JSON can carry half of a surrogate pair, which UTF-8 cannot. It is hashed nevertheless: the document is refused
    later, by its parser, with a message for the client.
    """
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def hash_operation(operation: NormalizedOperation) -> str:
    """The SHA-256 of the normalized operation, hexadecimal: equal for documents that plan alike."""
    return hash_text(print_operation(operation))
