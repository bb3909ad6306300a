"""Traffic between the router and its subgraphs: how long, how often and how much they are asked, and what goes back."""

from entrepot.router.traffic.circuit import CircuitChange
from entrepot.router.traffic.deadlines import Deadlines
from entrepot.router.traffic.error_masking import ErrorMasking
from entrepot.router.traffic.memory import TrafficMemory
from entrepot.router.traffic.policy import SubgraphTraffic
from entrepot.router.traffic.returned_headers import ReturnedHeaders
from entrepot.router.traffic.transport import TrafficTransport

__all__ = [
    "CircuitChange",
    "Deadlines",
    "ErrorMasking",
    "ReturnedHeaders",
    "SubgraphTraffic",
    "TrafficMemory",
    "TrafficTransport",
]
