"""Stage: the text of the document, as it was sent."""

from __future__ import annotations

from router.errors import BadRequest
from router.pipeline.context import RequestContext


def find_document(context: RequestContext) -> None:
    """Read `context.text` off the request; registered and automatically persisted documents are looked up here."""
    query = context.request.query
    if query is None:
        raise BadRequest("The request has no `query`. Send the GraphQL document as a string under that name.")
    context.text = query
