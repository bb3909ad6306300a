"""The executor: a query plan compiled once, run over subgraphs, answered exactly as the client asked."""

from router.execution.compile import CompiledPlan, compile_plan
from router.execution.json_text import decode_json, encode_json
from router.execution.requests import ExecutionLimits, ExecutionRequest, FetchRecord
from router.execution.result import ExecutionResult
from router.execution.subgraph_client import SubgraphRequest, SubgraphResponse, SubgraphTransport, TimeoutTransport
from router.execution.transport_asgi import AsgiTransport
from router.execution.transport_http import HttpTransport, SubscriptionEndpoint
from router.execution.transport_routing import RoutingTransport

__all__ = [
    "AsgiTransport",
    "CompiledPlan",
    "ExecutionLimits",
    "ExecutionRequest",
    "ExecutionResult",
    "FetchRecord",
    "HttpTransport",
    "RoutingTransport",
    "SubgraphRequest",
    "SubgraphResponse",
    "SubgraphTransport",
    "SubscriptionEndpoint",
    "TimeoutTransport",
    "compile_plan",
    "decode_json",
    "encode_json",
]
