"""Identifiers of documents in requests: the forms that clients send instead of a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from entrepot.router.errors import BadRequest
from entrepot.router.pipeline.graphql_request import GraphQLRequest

SHA256_PREFIX: Final = "sha256:"
_EXTENSION: Final = "persistedQuery"


@dataclass(frozen=True, slots=True)
class DocumentIdentifier:
    """How a document is named: `value` without the prefix of a hash, and whether it says that it is one."""

    value: str
    is_hash: bool


def names_document(request: GraphQLRequest) -> bool:
    """Whether the request may name a document; cheap, and False for most."""
    extensions = request.extensions
    is_extended = extensions is not None and _EXTENSION in extensions
    return is_extended or request.document_id is not None or request.doc_id is not None


def read_identifier(request: GraphQLRequest) -> DocumentIdentifier | None:
    """The identifier in whichever form it came; raises BadRequest for an extension of another form.

    The forms are `documentId` (GraphQL over HTTP, appendix A), Relay's `doc_id` and Apollo's
    `extensions.persistedQuery`.
    """
    named = request.document_id or request.doc_id
    if named:
        return DocumentIdentifier(named.removeprefix(SHA256_PREFIX), named.startswith(SHA256_PREFIX))
    extension = (request.extensions or {}).get(_EXTENSION)
    if extension is None:
        return None
    match extension:
        case {"version": 1, "sha256Hash": str(value)} if value:
            return DocumentIdentifier(value, is_hash=True)
    raise BadRequest('The extension `persistedQuery` must be `{"version": 1, "sha256Hash": "<hash>"}`.')
