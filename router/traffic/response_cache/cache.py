"""Answers of subgraphs kept for a while: whole ones to root fields, and each entity by itself."""

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
    narrow_question,
    read_bodies,
    read_frame,
)
from entrepot.router.traffic.response_cache.entry import KeptAnswer, decode_answer
from entrepot.router.traffic.response_cache.keys import has_identity, name_answer, read_identity
from entrepot.router.traffic.response_cache.tag_versions import TagVersions
from entrepot.router.traffic.response_cache.tags import AnswerTags
from entrepot.shared.caching import BatchCache, CacheUnavailable
from entrepot.shared.clock import Clock
from entrepot.shared.telemetry import get_logger

_EMPTY: Final = (b"", b"null")
# For so many seconds a cache that did not answer is not asked again.
_PAUSE: Final = 1.0
_log = get_logger(__name__)


@dataclass(slots=True)
class Lookups:
    """How many parts of answers were found, and how many were not."""

    hits: int = 0
    misses: int = 0


@dataclass(slots=True)
class _Part:
    """What is kept by itself: an entity, or everything where `text` is None.

    `keys` are where it may be found: that of who asks, then everybody's if there is one.
    """

    keys: tuple[str, ...]
    text: bytes | None
    answer: KeptAnswer | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    """A request, what is known of its parts, list by list, and the moment at which it was asked."""

    request: SubgraphRequest
    rules: SubgraphCachingConfig
    frame: bytes
    groups: list[list[_Part]]
    now: float

    @property
    def parts(self) -> list[_Part]:
        return [part for group in self.groups for part in group]


class CachedAnswers:
    """Another transport, which asks only for what it does not know; mutations and streams go through untouched.

    Kept is what was answered without any error. What is not known to be public is kept for the identity that asked, and
    found again only by a request that is the same in every header, tracing aside. Without the cache, all is asked.
    """

    def __init__(
        self,
        transport: SubgraphTransport,
        config: ResponseCacheConfig,
        tags: AnswerTags,
        cache: BatchCache,
        versions: TagVersions,
        clock: Clock,
        lookups: Lookups,
    ) -> None:
        self.stream = transport.stream
        self._lookups = lookups
        self._away_until = 0.0
        self._transport = transport
        self._config = config
        self._tags = tags
        self._cache = cache
        self._versions = versions
        self._clock = clock

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        question = self._read_question(request)
        if question is None:
            return await self._transport.send(request)
        parts, lookups = question.parts, self._lookups
        if self._away_until and self._clock.monotonic() < self._away_until:
            lookups.misses += len(parts)
            return await self._transport.send(request)
        try:
            await self._recall(parts, question.now)
            wanted = [part for part in parts if part.answer is None]
            if not wanted:
                lookups.hits += len(parts)
                return _assemble(question, (), ())
            tags = self._read_tags(request, wanted)
            # From before the question: what is changed while it is under way must not be kept.
            versions = await self._versions.read(tag for each in tags for tag in each)
        except CacheUnavailable as error:
            self._leave_alone(error)
            lookups.misses += len(parts)
            return await self._transport.send(request)
        lookups.hits += len(parts) - len(wanted)
        lookups.misses += len(wanted)
        return await self._ask(question, wanted, [{tag: versions[tag] for tag in each} for each in tags])

    def _read_question(self, request: SubgraphRequest) -> _Question | None:
        """None for what is not kept."""
        rules = _resolve(self._config, request.subgraph)
        if request.is_mutation or not rules.enabled:
            return None
        frame, identity = read_frame(request), read_identity(request)
        if frame is None or identity is None:
            return None
        trusts = rules.trusts_public is True
        groups = [
            [
                _Part(name_answer(request, frame, text, identity, is_shared=trusts), text)
                for text in (each.texts if each else (None,))
            ]
            for each in request.entities or (None,)
        ]
        return _Question(request, rules, frame, groups, self._clock.now().timestamp())

    async def _ask(self, question: _Question, wanted: list[_Part], versions: list[dict[str, str]]) -> SubgraphResponse:
        """Ask for what is missing, keep it, and answer with both."""
        request, asked = question.request, question.request
        is_whole = len(wanted) == len(question.parts)
        if not is_whole:
            missing = [[part.text for part in group if part.answer is None] for group in question.groups]
            texts = [[text for text in group if text is not None] for group in missing]
            asked = narrow_question(request, question.frame, texts)
        places = [[place for place, part in enumerate(group) if part.answer is None] for group in question.groups]
        response = await self._transport.send(asked)
        freshness = self._read_freshness(question, response)
        if is_whole and freshness is None:
            return _restate(response, None)
        content = _decode(response)
        bodies = read_bodies(content, response, asked.entities)
        if bodies is None:
            # Not an answer to what was asked, of which execution says so; for all of it, where a part was asked for.
            return _restate(response if is_whole else await self._transport.send(request), None)
        errors = content.get("errors") or ()
        is_kept = freshness is not None and not errors
        kept: dict[str, KeptAnswer] = {}
        for part, body, own in zip(wanted, bodies, versions, strict=True):
            part.answer = _build_answer(body, freshness, question.now, own)
            if is_kept and body not in _EMPTY:
                is_shared = part.answer.is_public and question.rules.trusts_public is True
                kept[part.keys[-1 if is_shared else 0]] = part.answer
        await self._keep(kept)
        if is_whole:
            return _restate(response, freshness if is_kept else None)
        return _assemble(question, move_errors(errors, asked.entities, places), [None] if errors else ())

    def _read_freshness(self, question: _Question, response: SubgraphResponse) -> Freshness | None:
        rules = question.rules
        found = read_freshness(response.status, response.headers, rules.lifetime, is_public=rules.scope == "public")
        if found is None or response.cookies:
            return None
        if not (found.is_public or has_identity(question.request)):
            # Private, and nobody is known whose it could be.
            return None
        return replace(found, seconds=min(found.seconds, self._config.longest_lifetime))

    async def _recall(self, parts: Iterable[_Part], now: float) -> None:
        """Find what is kept of the parts and still true: all answers at once, then all versions of their tags."""
        keys = list(dict.fromkeys(key for part in parts for key in part.keys))
        found = zip(keys, await self._cache.get_many(keys), strict=True)
        decoded = {key: decode_answer(data) for key, data in found if data is not None}
        fresh = {
            key: answer
            for key, answer in decoded.items()
            if answer is not None and answer.read_freshness(now) is not None
        }
        if not fresh:
            return
        versions = await self._versions.read(tag for answer in fresh.values() for tag in answer.versions)
        true = {
            key: answer
            for key, answer in fresh.items()
            if all(versions[tag] == version for tag, version in answer.versions.items())
        }
        for part in parts:
            part.answer = next((true[key] for key in part.keys if key in true), None)

    async def _keep(self, answers: Mapping[str, KeptAnswer]) -> None:
        if not answers:
            return
        values = {key: (answer.encode(), answer.expires_at - answer.made_at) for key, answer in answers.items()}
        try:
            await self._cache.set_many(values)
        except CacheUnavailable as error:
            self._leave_alone(error)

    def _leave_alone(self, error: CacheUnavailable) -> None:
        _log.warning("answers.cache_unavailable", error=repr(error))
        # Each request would wait in vain for a cache that hangs.
        self._away_until = self._clock.monotonic() + _PAUSE

    def _read_tags(self, request: SubgraphRequest, wanted: Iterable[_Part]) -> list[list[str]]:
        if not request.entities:
            return [self._tags.read_root_tags(request.subgraph, request.body)]
        held = self._tags.read_held_types(request.body)
        return [
            self._tags.read_entity_tags(request.subgraph, part.text, held) for part in wanted if part.text is not None
        ]


def _resolve(config: ResponseCacheConfig, subgraph: str) -> SubgraphCachingConfig:
    everywhere = config.all
    own = config.subgraphs.get(subgraph, everywhere)
    enabled = everywhere.enabled if own.enabled is None else own.enabled
    trusts = everywhere.trusts_public if own.trusts_public is None else own.trusts_public
    return SubgraphCachingConfig(
        enabled=enabled is not False,
        lifetime=own.lifetime or everywhere.lifetime,
        scope=own.scope or everywhere.scope,
        trusts_public=trusts,
    )


def _decode(response: SubgraphResponse) -> Any:
    try:
        return decode_json(response.body)
    except ValueError:
        return None


def _build_answer(body: bytes, freshness: Freshness | None, now: float, versions: dict[str, str]) -> KeptAnswer:
    if freshness is None:
        return KeptAnswer(body, now, now, is_public=False, versions=versions)
    return KeptAnswer(body, now - freshness.age, now + freshness.seconds, freshness.is_public, versions)


def _assemble(question: _Question, errors: Sequence[Any], more: Iterable[None]) -> SubgraphResponse:
    """The response that the subgraph would have given to the whole question; `more` is not to be kept by others."""
    known = [[part.answer for part in group if part.answer is not None] for group in question.groups]
    body = assemble_body(question.request.entities, [[answer.body for answer in group] for group in known], errors)
    freshness = combine([*(answer.read_freshness(question.now) for group in known for answer in group), *more])
    return _restate(SubgraphResponse(200, {"content-type": "application/json"}, body), freshness)


def _restate(response: SubgraphResponse, freshness: Freshness | None) -> SubgraphResponse:
    """The response with what is known here of how long it holds."""
    control = {"cache-control": "no-store"} if freshness is None else freshness.to_headers()
    return replace(response, headers={**response.headers, **control})
