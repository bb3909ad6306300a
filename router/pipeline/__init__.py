"""The stages of a request, from its decoded form to its response."""

from entrepot.router.pipeline.authentication.caller import Caller
from entrepot.router.pipeline.cache.snapshot import Snapshot, build_snapshot
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.graphql_request import GraphQLRequest
from entrepot.router.pipeline.handler import STAGES, RequestHandler

__all__ = [
    "STAGES",
    "Caller",
    "GraphQLRequest",
    "RequestContext",
    "RequestHandler",
    "Snapshot",
    "build_snapshot",
]
