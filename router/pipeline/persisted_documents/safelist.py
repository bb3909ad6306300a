"""The safelist: whether a document that is not persisted is accepted, logged or refused."""

from __future__ import annotations

from typing import Final

from entrepot.router.errors import DocumentNotInSafelist
from entrepot.router.operation import hash_text
from entrepot.router.pipeline.context import RequestContext
from entrepot.shared.telemetry import get_logger

_LOGGED_LENGTH: Final = 1_000
_log = get_logger(__name__)


def check_safelist(context: RequestContext) -> None:
    """Refuse a parsed document that is not persisted, or log it; raises DocumentNotInSafelist.

    A text counts as persisted if its tokens are those of a persisted document: white space, commas and comments may
    differ, nothing else.
    """
    mode = context.request.snapshot.config.persisted_documents.mode
    if mode == "off" or context.request.snapshot.persisted_documents.holds(context.text):
        return
    if mode == "safelist":
        raise DocumentNotInSafelist("Only persisted documents are accepted. Add this one to them first.")
    _log.warning(
        "persisted_documents.not_in_safelist", sha256=hash_text(context.text), text=context.text[:_LOGGED_LENGTH]
    )
