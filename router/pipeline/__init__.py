"""The way of a request from its decoded form to its answer, one stage a module."""

from entrepot.router.pipeline.context import Caller, RequestContext
from entrepot.router.pipeline.handle import STAGES, RequestHandler
from entrepot.router.pipeline.request import GraphQLRequest
from entrepot.router.pipeline.snapshot import Snapshot, build_snapshot

__all__ = [
    "STAGES",
    "Caller",
    "GraphQLRequest",
    "RequestContext",
    "RequestHandler",
    "Snapshot",
    "build_snapshot",
]
