"""The supergraph with all that is derived from it and kept for it, swapped as one."""

from __future__ import annotations

from dataclasses import dataclass

from router.config import RouterConfig
from router.graph import Graph, build_graph
from router.pipeline.caches import BoundedCache
from router.pipeline.documents import DocumentEntry
from router.pipeline.permissions import Permissions
from router.pipeline.planned import PlannedOperation
from router.supergraph import Supergraph, read_supergraph

PlanKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One supergraph in service. Requests and streams keep the one that they began with.

    `plans` is keyed by the hash of the normalized operation, its name included, and the requirements met, a bit each.
    `urls` says where each subgraph is, by its name.
    """

    config: RouterConfig
    supergraph: Supergraph
    graph: Graph
    permissions: Permissions
    urls: dict[str, str]
    documents: BoundedCache[str, DocumentEntry]
    plans: BoundedCache[PlanKey, PlannedOperation]


def build_snapshot(supergraph_sdl: str, config: RouterConfig) -> Snapshot:
    """Read the supergraph and build what serves it; raises SupergraphInvalid."""
    supergraph = read_supergraph(supergraph_sdl)
    caches = config.caches
    urls = {subgraph.name: subgraph.url for subgraph in supergraph.subgraphs.values()}
    return Snapshot(
        config=config,
        supergraph=supergraph,
        graph=build_graph(supergraph),
        permissions=Permissions(supergraph),
        urls=urls | dict(config.override_subgraph_urls),
        documents=BoundedCache(max_weight=caches.documents_bytes, max_entries=caches.documents_entries),
        plans=BoundedCache(max_weight=caches.plans_bytes, max_entries=caches.plans_entries),
    )


class SnapshotSource:
    """Holds the snapshot in service; replacing it is one assignment, so that no request sees half of each."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.current = snapshot

    def replace(self, snapshot: Snapshot) -> None:
        self.current = snapshot
