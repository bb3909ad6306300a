"""Automatic persisted queries (APQ): documents stored by their hash, so that clients send the text once."""

from __future__ import annotations

from contextlib import suppress

from entrepot.router.config import ApqConfig
from entrepot.router.errors import PersistedQueryNotFound, PersistedQueryNotSupported
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.persisted_documents.identifiers import DocumentIdentifier, read_identifier
from entrepot.shared.caching import Cache, CacheUnavailable
from entrepot.shared.telemetry import get_logger

_log = get_logger(__name__)


class AutomaticPersistedQueries:
    """Stores documents in a cache, which may be shared; persisted documents are not stored here."""

    def __init__(self, cache: Cache, config: ApqConfig) -> None:
        self._cache = cache
        self._is_enabled = config.enabled
        self._ttl = config.ttl

    async def load(self, context: RequestContext) -> None:
        """Fill in `context.text` for a request that sends the hash alone.

        Raises PersistedQueryNotFound, upon which clients send the text too, and PersistedQueryNotSupported, upon which
        they stop sending hashes.
        """
        identifier = read_identifier(context.request.graphql)
        if identifier is None or context.request.graphql.query or not _is_applicable(identifier, context):
            return
        if not self._is_enabled:
            # What clients look for in the messages of these two is the name alone.
            raise PersistedQueryNotSupported("PersistedQueryNotSupported")
        try:
            stored = await self._cache.get(_key(identifier))
        except CacheUnavailable as error:
            # The client then sends the text as well.
            _log.warning("apq.cache_unavailable", error=repr(error))
            stored = None
        if stored is None:
            raise PersistedQueryNotFound("PersistedQueryNotFound")
        context.text = stored.decode()

    async def store(self, context: RequestContext) -> None:
        """Store the text of a request that sent it with its hash, after the stages accepted it."""
        identifier = read_identifier(context.request.graphql)
        if (
            self._is_enabled
            and identifier is not None
            and context.request.graphql.query
            and _is_applicable(identifier, context)
        ):
            with suppress(CacheUnavailable):
                await self._cache.set(_key(identifier), context.text.encode(), self._ttl)


def _is_applicable(identifier: DocumentIdentifier, context: RequestContext) -> bool:
    """Whether APQ applies: not with a safelist, nor for the hash of a persisted document."""
    snapshot = context.request.snapshot
    is_any_allowed = snapshot.config.persisted_documents.mode != "safelist"
    return identifier.is_hash and is_any_allowed and snapshot.persisted_documents.find(identifier.value) is None


def _key(identifier: DocumentIdentifier) -> str:
    return f"document:{identifier.value}"
