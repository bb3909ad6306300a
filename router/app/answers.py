"""The cache of subgraphs' answers, as it is configured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from router.app.facilities import Facilities
from router.config import RouterConfig
from router.supergraph import Supergraph
from router.traffic import TrafficTransport
from router.traffic.answer_tags import AnswerTags
from router.traffic.answers import CachedAnswers
from router.traffic.tag_versions import TagVersions
from shared.caching import MemoryCache

_MAX_TAGS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class AnswerCache:
    """The transport that keeps answers, and what declares them untrue."""

    transport: CachedAnswers
    versions: TagVersions


def build_answer_cache(
    config: RouterConfig, supergraph: Supergraph, traffic: TrafficTransport, facilities: Facilities
) -> AnswerCache | None:
    """None when it is off. What was kept before a reload is found again after it."""
    rules, clock = config.response_cache, facilities.clock
    if not rules.enabled:
        return None
    if facilities.answers is None:
        facilities.answers = MemoryCache(clock, max_bytes=rules.max_bytes)
        # A cache of its own: no answer may push out that others are no longer true.
        facilities.answer_tags = MemoryCache(clock, max_entries=_MAX_TAGS)
    versions = TagVersions(facilities.answer_tags or facilities.answers, facilities.randomness, rules.longest_lifetime)
    transport = CachedAnswers(traffic, rules, AnswerTags(supergraph), facilities.answers, versions, clock)
    return AnswerCache(transport, versions)
