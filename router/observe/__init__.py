"""What is seen of the router's work: metrics, traces and a log of requests, each paid for only when it is on."""

from entrepot.router.observe.access_log import AccessLog
from entrepot.router.observe.collector import Metrics
from entrepot.router.observe.observer import Observer
from entrepot.router.observe.sources import Sources
from entrepot.router.observe.tracing import Tracing, build_tracing

__all__ = ["AccessLog", "Metrics", "Observer", "Sources", "Tracing", "build_tracing"]
