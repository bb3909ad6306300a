"""The response cache, as it is configured."""

from __future__ import annotations

from typing import Final

from entrepot.router.app.dependencies import RouterDependencies
from entrepot.router.config import RouterConfig
from entrepot.router.execution import SubgraphTransport
from entrepot.router.supergraph import Supergraph
from entrepot.router.traffic.response_cache.cache import ResponseCache
from entrepot.router.traffic.response_cache.tag_versions import TagVersions
from entrepot.router.traffic.response_cache.tags import ResponseTags
from entrepot.shared.caching import MemoryCache

_MAX_TAGS: Final = 1_000_000


def build_response_cache(
    config: RouterConfig, supergraph: Supergraph, traffic: SubgraphTransport, dependencies: RouterDependencies
) -> ResponseCache | None:
    """The caching transport; None when it is off. Entries survive a reload."""
    rules, clock = config.response_cache, dependencies.clock
    if not rules.enabled:
        return None
    if dependencies.response_cache is None:
        dependencies.response_cache = MemoryCache(clock, max_bytes=rules.max_bytes)
        # A cache of its own: no response may evict the record of an invalidation.
        dependencies.versions = TagVersions(MemoryCache(clock, max_entries=_MAX_TAGS), dependencies.randomness)
    elif dependencies.versions is None:
        dependencies.versions = TagVersions(dependencies.response_cache, dependencies.randomness)
    tags, versions = ResponseTags(supergraph), dependencies.versions
    assert versions is not None
    return ResponseCache(traffic, rules, tags, dependencies.response_cache, versions, clock, dependencies.lookups)
