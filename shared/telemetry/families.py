"""Figures as families of metrics, the form that Prometheus scrapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from entrepot.shared.telemetry.histogram import BOUNDS, Histogram


@dataclass(frozen=True, slots=True)
class Families:
    """Builds them; figures are given by the values of their labels: a tuple, or one value for a single label."""

    prefix: str

    def counter(self, name: str, text: str, labels: tuple[str, ...], counts: Mapping[Any, int]) -> Metric:
        """What only grows, as long as the process lives."""
        family = CounterMetricFamily(self.prefix + name, text, labels=labels)
        for key, count in counts.items():
            family.add_metric(_write_labels(key), count)
        return family

    def gauge(self, name: str, text: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> Metric:
        """What is so at this moment."""
        family = GaugeMetricFamily(self.prefix + name, text, labels=labels)
        for key, value in values.items():
            family.add_metric(_write_labels(key), value)
        return family

    def histogram(self, name: str, text: str, labels: tuple[str, ...], histograms: Mapping[Any, Histogram]) -> Metric:
        """How often something took how long."""
        family = HistogramMetricFamily(self.prefix + name, text, labels=labels)
        for key, histogram in histograms.items():
            family.add_metric(_write_labels(key), _accumulate(histogram), histogram.seconds)
        return family


def render_page(families: Iterable[Metric], accept: str) -> tuple[bytes, str]:
    """The families and what is known of the process, in the format that `Accept` asks for; and its media type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(list(families)))
    ProcessCollector(registry=registry)
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type


class _Collected(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return iter(self._families)


def _accumulate(histogram: Histogram) -> list[tuple[str, float]]:
    """The buckets as Prometheus wants them: each holds all that are below it."""
    buckets: list[tuple[str, float]] = []
    total = 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), histogram.counts, strict=True):
        total += count
        buckets.append((bound, total))
    return buckets


def _write_labels(key: Any) -> list[str]:
    return [str(part) for part in key] if isinstance(key, tuple) else [str(key)]
