"""The executor: a query plan compiled once, run over subgraphs, projected to the client's selection."""

from entrepot.router.execution.compile import CompiledPlan, compile_plan
from entrepot.router.execution.incremental.deferred import DeferredExecution
from entrepot.router.execution.incremental.payloads import CompletedFragment, DeliveredData, Payload, PendingFragment
from entrepot.router.execution.json_text import decode_json, encode_json
from entrepot.router.execution.requests import ExecutionLimits, ExecutionRequest, FetchRecord
from entrepot.router.execution.result import ExecutionResult
from entrepot.router.execution.transports.asgi import AsgiTransport
from entrepot.router.execution.transports.http import HttpTransport, SubscriptionEndpoint
from entrepot.router.execution.transports.routing import RoutingTransport
from entrepot.router.execution.transports.subgraph_client import SubgraphRequest, SubgraphResponse, SubgraphTransport

__all__ = [
    "AsgiTransport",
    "CompiledPlan",
    "CompletedFragment",
    "DeferredExecution",
    "DeliveredData",
    "ExecutionLimits",
    "ExecutionRequest",
    "ExecutionResult",
    "FetchRecord",
    "HttpTransport",
    "Payload",
    "PendingFragment",
    "RoutingTransport",
    "SubgraphRequest",
    "SubgraphResponse",
    "SubgraphTransport",
    "SubscriptionEndpoint",
    "compile_plan",
    "decode_json",
    "encode_json",
]
