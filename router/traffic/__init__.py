"""Traffic between the router and its subgraphs: timeouts, retries, circuit breaker, deduplication, response cache."""

from entrepot.router.traffic.error_masking import ErrorMasking
from entrepot.router.traffic.resilience.circuit_breaker import CircuitChange
from entrepot.router.traffic.resilience.deadlines import Deadlines
from entrepot.router.traffic.resilience.policy import SubgraphTraffic
from entrepot.router.traffic.resilience.state import TrafficState
from entrepot.router.traffic.response_headers import ResponseHeaderPropagation
from entrepot.router.traffic.transport import TrafficTransport

__all__ = [
    "CircuitChange",
    "Deadlines",
    "ErrorMasking",
    "ResponseHeaderPropagation",
    "SubgraphTraffic",
    "TrafficState",
    "TrafficTransport",
]
