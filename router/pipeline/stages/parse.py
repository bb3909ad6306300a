"""Stage: text to document, once per text."""

from __future__ import annotations

from entrepot.router.operation import parse_document as parse_text
from entrepot.router.pipeline.cache.documents import DocumentEntry
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.persisted_documents.safelist import check_safelist
from entrepot.router.pipeline.stages.once_per_document import once_per_document


def parse_document(context: RequestContext) -> None:
    """Find the document of the text among those known, or parse it; raises SyntaxInvalid, DocumentNotInSafelist."""
    documents = context.request.snapshot.documents
    entry = documents.get(context.text)
    if entry is None:
        entry = DocumentEntry(context.text)
        documents.put(context.text, entry, entry.weight)
    entry.uses += 1
    context.document = entry
    _parse(context)


@once_per_document("parse")
def _parse(context: RequestContext) -> None:
    context.document.tree = parse_text(context.text, max_tokens=context.request.snapshot.config.limits.max_tokens)
    check_safelist(context)
