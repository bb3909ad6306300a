"""Observability: metrics, traces and the access log, each loaded only when it is enabled."""

from entrepot.router.observe.access_log import AccessLog
from entrepot.router.observe.collector import Metrics
from entrepot.router.observe.observer import Observer
from entrepot.router.observe.sources import Sources
from entrepot.router.observe.tracing import Tracing, build_tracing

__all__ = ["AccessLog", "Metrics", "Observer", "Sources", "Tracing", "build_tracing"]
