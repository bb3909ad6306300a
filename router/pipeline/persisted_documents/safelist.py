"""Whether a document may be run: any may, or those that are registered, by the configured mode."""

from __future__ import annotations

from typing import Final

from entrepot.router.errors import DocumentNotInSafelist
from entrepot.router.operation import hash_text
from entrepot.router.pipeline.context import RequestContext
from entrepot.shared.telemetry import get_logger

_LOGGED_LENGTH: Final = 1_000
_log = get_logger(__name__)


def check_safelist(context: RequestContext) -> None:
    """Refuse a parsed document that is not registered, or write it into the log; raises DocumentNotInSafelist.

    A text counts as registered when its tokens are those of a registered one: white space, commas and comments may
    differ, nothing else.
    """
    mode = context.request.snapshot.config.persisted_documents.mode
    if mode == "off" or context.request.snapshot.persisted_documents.holds(context.text):
        return
    if mode == "safelist":
        raise DocumentNotInSafelist(
            "Only registered documents are run here, and this is none of them. Register it first."
        )
    _log.warning("document.not_registered", sha256=hash_text(context.text), text=context.text[:_LOGGED_LENGTH])
