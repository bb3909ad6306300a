"""What is seen of the router's work: metrics, traces and a log of requests, each paid for only when it is on."""

from router.observe.access_log import AccessLog
from router.observe.collector import Metrics
from router.observe.observer import Observer
from router.observe.sources import Sources
from router.observe.tracing import Tracing, build_tracing

__all__ = ["AccessLog", "Metrics", "Observer", "Sources", "Tracing", "build_tracing"]
