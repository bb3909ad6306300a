"""The cache of subgraphs' answers, as it is configured."""

from __future__ import annotations

from typing import Final

from entrepot.router.app.dependencies import Facilities
from entrepot.router.config import RouterConfig
from entrepot.router.execution import SubgraphTransport
from entrepot.router.supergraph import Supergraph
from entrepot.router.traffic.response_cache.cache import CachedAnswers
from entrepot.router.traffic.response_cache.tag_versions import TagVersions
from entrepot.router.traffic.response_cache.tags import AnswerTags
from entrepot.shared.caching import MemoryCache

_MAX_TAGS: Final = 1_000_000


def build_answer_cache(
    config: RouterConfig, supergraph: Supergraph, traffic: SubgraphTransport, facilities: Facilities
) -> CachedAnswers | None:
    """The transport that keeps answers, None when it is off. What was kept before a reload is found again after it."""
    rules, clock = config.response_cache, facilities.clock
    if not rules.enabled:
        return None
    if facilities.answers is None:
        facilities.answers = MemoryCache(clock, max_bytes=rules.max_bytes)
        # A cache of its own: no answer may push out that others are no longer true.
        facilities.versions = TagVersions(MemoryCache(clock, max_entries=_MAX_TAGS), facilities.randomness)
    elif facilities.versions is None:
        facilities.versions = TagVersions(facilities.answers, facilities.randomness)
    tags, versions = AnswerTags(supergraph), facilities.versions
    assert versions is not None
    return CachedAnswers(traffic, rules, tags, facilities.answers, versions, clock, facilities.lookups)
