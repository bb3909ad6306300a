"""The snapshot: a supergraph with everything that is derived from it and cached for it, swapped as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from entrepot.router.config import RouterConfig
from entrepot.router.graph import Graph, build_graph
from entrepot.router.pipeline.authorization.permissions import Permissions
from entrepot.router.pipeline.cache.bounded_cache import BoundedCache
from entrepot.router.pipeline.cache.documents import DocumentEntry
from entrepot.router.pipeline.cache.planned import PlannedOperation
from entrepot.router.pipeline.execution.subgraph_urls import find_urls
from entrepot.router.pipeline.persisted_documents.manifests import read_documents
from entrepot.router.pipeline.persisted_documents.registry import PersistedDocuments
from entrepot.router.supergraph import Supergraph, read_supergraph

PlanKey = tuple[str, int, int, int]
_NOTHING: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One supergraph in service. Requests and streams keep the one that they began with.

    `plans` is keyed by the hash of the normalized operation, its name included, the requirements met, the fragments
    deferred, and the override labels that hold, a bit each.
    `urls` says where each subgraph is, by its name. `registry` holds the documents that are registered.
    """

    config: RouterConfig
    supergraph: Supergraph
    graph: Graph
    permissions: Permissions
    urls: dict[str, str]
    documents: BoundedCache[str, DocumentEntry]
    plans: BoundedCache[PlanKey, PlannedOperation]
    persisted_documents: PersistedDocuments


def build_snapshot(supergraph_sdl: str, config: RouterConfig, environ: Mapping[str, str] = _NOTHING) -> Snapshot:
    """Read the supergraph and build what serves it; raises SupergraphInvalid and ConfigurationInvalid.

    `environ` may say of subgraphs that they are elsewhere.
    """
    supergraph = read_supergraph(supergraph_sdl)
    caches = config.caches
    return Snapshot(
        config=config,
        supergraph=supergraph,
        graph=build_graph(supergraph),
        permissions=Permissions(supergraph),
        urls=find_urls(supergraph, config, environ),
        documents=BoundedCache(max_weight=caches.max_document_bytes, max_entries=caches.max_documents),
        plans=BoundedCache(max_weight=caches.max_plan_bytes, max_entries=caches.max_plans),
        persisted_documents=PersistedDocuments(read_documents(config.persisted_documents.paths)),
    )
