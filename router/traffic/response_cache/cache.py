"""The response cache: whole responses for root fields, and one entry per entity of entity fetches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from entrepot.router.config import ResponseCacheConfig, SubgraphCachingConfig
from entrepot.router.execution import SubgraphRequest, SubgraphResponse, SubgraphTransport, decode_json
from entrepot.router.traffic.response_cache.cache_control import Freshness, combine, read_freshness
from entrepot.router.traffic.response_cache.entities import (
    assemble_body,
    move_errors,
    narrow_request,
    read_bodies,
    read_frame,
)
from entrepot.router.traffic.response_cache.entry import CacheEntry, decode_entry
from entrepot.router.traffic.response_cache.keys import build_cache_keys, has_identity, read_identity
from entrepot.router.traffic.response_cache.tag_versions import TagVersions
from entrepot.router.traffic.response_cache.tags import ResponseTags
from entrepot.shared.caching import BatchCache, CacheUnavailable
from entrepot.shared.clock import Clock
from entrepot.shared.telemetry import get_logger

_EMPTY: Final = (b"", b"null")
# Seconds for which a cache that failed is bypassed.
_BYPASS_SECONDS: Final = 1.0
_log = get_logger(__name__)


@dataclass(slots=True)
class CacheLookups:
    """Cache hits and misses, counted per entry."""

    hits: int = 0
    misses: int = 0


@dataclass(slots=True)
class _Part:
    """What has a cache entry of its own: an entity, or the whole response where `text` is None.

    `keys` are those under which it is looked up: the key of the caller's identity, then the shared key if there is one.
    """

    keys: tuple[str, ...]
    text: bytes | None
    entry: CacheEntry | None = None


@dataclass(frozen=True, slots=True)
class _Lookup:
    """A request, its parts by entity list, and the time of the lookup."""

    request: SubgraphRequest
    rules: SubgraphCachingConfig
    frame: bytes
    groups: list[list[_Part]]
    now: float

    @property
    def parts(self) -> list[_Part]:
        return [part for group in self.groups for part in group]


class ResponseCache:
    """A transport that fetches only what is not cached; mutations and streams pass through.

    Only responses without errors are cached. A response that is not public is cached for the caller's identity, and
    found only by a request with the same headers, tracing aside. Without the cache, everything is fetched.
    """

    def __init__(
        self,
        transport: SubgraphTransport,
        config: ResponseCacheConfig,
        tags: ResponseTags,
        cache: BatchCache,
        versions: TagVersions,
        clock: Clock,
        lookups: CacheLookups,
    ) -> None:
        self.stream = transport.stream
        self._lookups = lookups
        self._bypassed_until = 0.0
        self._transport = transport
        self._config = config
        self._tags = tags
        self._cache = cache
        self._versions = versions
        self._clock = clock

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        lookup = self._prepare(request)
        if lookup is None:
            return await self._transport.send(request)
        parts, lookups = lookup.parts, self._lookups
        if self._bypassed_until and self._clock.monotonic() < self._bypassed_until:
            lookups.misses += len(parts)
            return await self._transport.send(request)
        try:
            await self._find(parts, lookup.now)
            missing = [part for part in parts if part.entry is None]
            if not missing:
                lookups.hits += len(parts)
                return _assemble(lookup, (), ())
            tags = self._read_tags(request, missing)
            # Read before the fetch: a response that is invalidated while it is in flight must not be cached.
            versions = await self._versions.read(tag for each in tags for tag in each)
        except CacheUnavailable as error:
            self._bypass(error)
            lookups.misses += len(parts)
            return await self._transport.send(request)
        lookups.hits += len(parts) - len(missing)
        lookups.misses += len(missing)
        return await self._fetch(lookup, missing, [{tag: versions[tag] for tag in each} for each in tags])

    def _prepare(self, request: SubgraphRequest) -> _Lookup | None:
        """The parts of a cacheable request; None for any other."""
        rules = _resolve(self._config, request.subgraph)
        if request.is_mutation or not rules.enabled:
            return None
        frame, identity = read_frame(request), read_identity(request)
        if frame is None or identity is None:
            return None
        is_shared = rules.share_public_across_users is True
        groups = [
            [
                _Part(build_cache_keys(request, frame, text, identity, is_shared=is_shared), text)
                for text in (each.texts if each else (None,))
            ]
            for each in request.entities or (None,)
        ]
        return _Lookup(request, rules, frame, groups, self._clock.now().timestamp())

    async def _fetch(self, lookup: _Lookup, missing: list[_Part], versions: list[dict[str, str]]) -> SubgraphResponse:
        """Fetch what is missing, cache it, and answer with both."""
        request, sent = lookup.request, lookup.request
        is_whole = len(missing) == len(lookup.parts)
        if not is_whole:
            texts = [
                [part.text for part in group if part.entry is None and part.text is not None] for group in lookup.groups
            ]
            sent = narrow_request(request, lookup.frame, texts)
        places = [[place for place, part in enumerate(group) if part.entry is None] for group in lookup.groups]
        response = await self._transport.send(sent)
        freshness = self._read_freshness(lookup, response)
        if is_whole and freshness is None:
            return _restate(response, None)
        content = _decode(response)
        bodies = read_bodies(content, response, sent.entities)
        if bodies is None:
            # Not a response to the request, which execution reports; for the whole request if a part was sent.
            return _restate(response if is_whole else await self._transport.send(request), None)
        errors = content.get("errors") or ()
        is_cacheable = freshness is not None and not errors
        entries: dict[str, CacheEntry] = {}
        for part, body, own in zip(missing, bodies, versions, strict=True):
            part.entry = _build_entry(body, freshness, lookup.now, own)
            if is_cacheable and body not in _EMPTY:
                is_shared = part.entry.is_public and lookup.rules.share_public_across_users is True
                entries[part.keys[-1 if is_shared else 0]] = part.entry
        await self._store(entries)
        if is_whole:
            return _restate(response, freshness if is_cacheable else None)
        return _assemble(lookup, move_errors(errors, sent.entities, places), [None] if errors else ())

    def _read_freshness(self, lookup: _Lookup, response: SubgraphResponse) -> Freshness | None:
        rules = lookup.rules
        found = read_freshness(response.status, response.headers, rules.ttl, is_public=rules.scope == "public")
        if found is None or response.cookies:
            return None
        if not (found.is_public or has_identity(lookup.request)):
            # A private response to an anonymous request belongs to nobody.
            return None
        return replace(found, seconds=min(found.seconds, self._config.max_ttl))

    async def _find(self, parts: Iterable[_Part], now: float) -> None:
        """Find valid entries of the parts: all entries in one round trip, the versions of their tags in another."""
        keys = list(dict.fromkeys(key for part in parts for key in part.keys))
        found = zip(keys, await self._cache.get_many(keys), strict=True)
        decoded = {key: decode_entry(data) for key, data in found if data is not None}
        fresh = {
            key: entry for key, entry in decoded.items() if entry is not None and entry.read_freshness(now) is not None
        }
        if not fresh:
            return
        versions = await self._versions.read(tag for entry in fresh.values() for tag in entry.versions)
        valid = {
            key: entry
            for key, entry in fresh.items()
            if all(versions[tag] == version for tag, version in entry.versions.items())
        }
        for part in parts:
            part.entry = next((valid[key] for key in part.keys if key in valid), None)

    async def _store(self, entries: Mapping[str, CacheEntry]) -> None:
        if not entries:
            return
        values = {key: (entry.encode(), entry.expires_at - entry.made_at) for key, entry in entries.items()}
        try:
            await self._cache.set_many(values)
        except CacheUnavailable as error:
            self._bypass(error)

    def _bypass(self, error: CacheUnavailable) -> None:
        _log.warning("response_cache.unavailable", error=repr(error))
        # Otherwise every request would wait for a cache that hangs.
        self._bypassed_until = self._clock.monotonic() + _BYPASS_SECONDS

    def _read_tags(self, request: SubgraphRequest, missing: Iterable[_Part]) -> list[list[str]]:
        if not request.entities:
            return [self._tags.read_root_tags(request.subgraph, request.body)]
        nested = self._tags.read_nested_types(request.body)
        return [
            self._tags.read_entity_tags(request.subgraph, part.text, nested)
            for part in missing
            if part.text is not None
        ]


def _resolve(config: ResponseCacheConfig, subgraph: str) -> SubgraphCachingConfig:
    everywhere = config.all
    own = config.subgraphs.get(subgraph, everywhere)
    enabled = everywhere.enabled if own.enabled is None else own.enabled
    is_shared = own.share_public_across_users
    if is_shared is None:
        is_shared = everywhere.share_public_across_users
    return SubgraphCachingConfig(
        enabled=enabled is not False,
        ttl=own.ttl or everywhere.ttl,
        scope=own.scope or everywhere.scope,
        share_public_across_users=is_shared,
    )


def _decode(response: SubgraphResponse) -> Any:
    try:
        return decode_json(response.body)
    except ValueError:
        return None


def _build_entry(body: bytes, freshness: Freshness | None, now: float, versions: dict[str, str]) -> CacheEntry:
    if freshness is None:
        return CacheEntry(body, now, now, is_public=False, versions=versions)
    return CacheEntry(body, now - freshness.age, now + freshness.seconds, freshness.is_public, versions)


def _assemble(lookup: _Lookup, errors: Sequence[Any], more: Iterable[None]) -> SubgraphResponse:
    """The response to the whole request, from its entries; `more` holds None for a part that must not be cached."""
    found = [[part.entry for part in group if part.entry is not None] for group in lookup.groups]
    body = assemble_body(lookup.request.entities, [[entry.body for entry in group] for group in found], errors)
    freshness = combine([*(entry.read_freshness(lookup.now) for group in found for entry in group), *more])
    return _restate(SubgraphResponse(200, {"content-type": "application/json"}, body), freshness)


def _restate(response: SubgraphResponse, freshness: Freshness | None) -> SubgraphResponse:
    """The response with its remaining freshness in `Cache-Control` and `Age`."""
    control = {"cache-control": "no-store"} if freshness is None else freshness.to_headers()
    return replace(response, headers={**response.headers, **control})
