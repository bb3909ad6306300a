"""Traffic between the router and its subgraphs: how long, how often and how much they are asked, and what goes back."""

from entrepot.router.traffic.error_masking import ErrorMasking
from entrepot.router.traffic.resilience.circuit_breaker import CircuitChange
from entrepot.router.traffic.resilience.deadlines import Deadlines
from entrepot.router.traffic.resilience.policy import SubgraphTraffic
from entrepot.router.traffic.resilience.state import TrafficMemory
from entrepot.router.traffic.response_headers import ReturnedHeaders
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
