"""Stage: the text of the document, as sent or as found by its identifier."""

from __future__ import annotations

from entrepot.router.errors import BadRequest, DocumentMismatch, DocumentUnknown
from entrepot.router.operation import hash_text
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.persisted_documents.identifiers import names_document, read_identifier


def find_document(context: RequestContext) -> None:
    """Fill in `context.text`.

    Raises BadRequest when the request neither holds nor names a document, DocumentUnknown for a name of none, and
    DocumentMismatch for a text whose name is another's.
    """
    request = context.request.graphql
    if names_document(request):
        context.text = _find_named(context)
    elif request.query is None:
        raise _absent()
    else:
        context.text = request.query


def _find_named(context: RequestContext) -> str:
    text = context.request.graphql.query
    identifier = read_identifier(context.request.graphql)
    if identifier is None:
        if text is None:
            raise _absent()
        return text
    registered = context.request.snapshot.persisted_documents.find(identifier.value)
    # Clients whose types ask for a text send an empty one beside the identifier.
    if text:
        if registered is not None:
            is_its_own = registered == text
        else:
            is_its_own = not identifier.is_hash or hash_text(text) == identifier.value
        if not is_its_own:
            raise DocumentMismatch("The identifier is not that of the document that was sent with it.")
        return text
    # What is remembered by its hash was filled in before the stages began.
    found = registered or context.text
    if not found:
        raise DocumentUnknown("No document is known under this identifier. Register it, or send the text as `query`.")
    return found


def _absent() -> BadRequest:
    return BadRequest("The request has no `query`. Send the GraphQL document as a string under that name.")
