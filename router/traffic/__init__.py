"""Traffic between the router and its subgraphs: how long, how often and how much they are asked, and what goes back."""

from router.traffic.circuit import CircuitChange
from router.traffic.deadlines import Deadlines
from router.traffic.error_masking import ErrorMasking
from router.traffic.memory import TrafficMemory
from router.traffic.policy import SubgraphTraffic
from router.traffic.returned_headers import ReturnedHeaders
from router.traffic.transport import TrafficTransport

__all__ = [
    "CircuitChange",
    "Deadlines",
    "ErrorMasking",
    "ReturnedHeaders",
    "SubgraphTraffic",
    "TrafficMemory",
    "TrafficTransport",
]
