"""Automatic persisted queries: texts remembered by their hash, so that clients send them once."""

from __future__ import annotations

from contextlib import suppress

from entrepot.router.config import AutomaticDocumentsConfig
from entrepot.router.errors import PersistedQueryNotFound, PersistedQueryNotSupported
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.persisted_documents.identifiers import DocumentIdentifier, read_identifier
from entrepot.shared.caching import Cache, CacheUnavailable
from entrepot.shared.telemetry import get_logger

_log = get_logger(__name__)


class AutomaticDocuments:
    """Keeps texts in a cache, which may be another process's; what is registered never comes here."""

    def __init__(self, cache: Cache, config: AutomaticDocumentsConfig) -> None:
        self._cache = cache
        self._is_enabled = config.enabled
        self._lifetime = config.lifetime

    async def recall(self, context: RequestContext) -> None:
        """Fill in `context.text` for a request that sends the hash alone.

        Raises PersistedQueryNotFound, upon which clients send the text too, and PersistedQueryNotSupported, upon which
        they stop sending hashes.
        """
        identifier = read_identifier(context.request)
        if identifier is None or context.request.query or not _is_ours(identifier, context):
            return
        if not self._is_enabled:
            # What clients look for in the messages of these two is the name alone.
            raise PersistedQueryNotSupported("PersistedQueryNotSupported")
        try:
            kept = await self._cache.get(_key(identifier))
        except CacheUnavailable as error:
            # The client sends the text then, and is answered.
            _log.warning("documents.cache_unavailable", error=repr(error))
            kept = None
        if kept is None:
            raise PersistedQueryNotFound("PersistedQueryNotFound")
        context.text = kept.decode()

    async def keep(self, context: RequestContext) -> None:
        """Remember the text of a request that sent it with its hash, once the stages have passed it."""
        identifier = read_identifier(context.request)
        if self._is_enabled and identifier is not None and context.request.query and _is_ours(identifier, context):
            with suppress(CacheUnavailable):
                await self._cache.set(_key(identifier), context.text.encode(), self._lifetime)


def _is_ours(identifier: DocumentIdentifier, context: RequestContext) -> bool:
    """Whether the text is looked for here: where only registered documents are run, there is none to find."""
    snapshot = context.snapshot
    is_open = snapshot.config.documents.mode != "only"
    return identifier.is_hash and is_open and snapshot.registry.find(identifier.value) is None


def _key(identifier: DocumentIdentifier) -> str:
    return f"document:{identifier.value}"
