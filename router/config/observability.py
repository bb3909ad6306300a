"""Observability: metrics, traces and the access log; and the names of extensions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta

Percent = Annotated[float, Meta(ge=0, le=100)]
Port = Annotated[int, Meta(ge=0, le=65535)]
Path = Annotated[str, Meta(pattern="^/")]
ExtensionName = Annotated[str, Meta(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsConfig:
    """Prometheus metrics, served on a port of their own because they show how the router is used."""

    enabled: bool = False
    """Whether metrics are recorded and served."""
    path: Path = "/metrics"
    """The path of the metrics page."""
    host: str = "127.0.0.1"
    """The address to listen on."""
    port: Port | None = 9464
    """The port to listen on; 0 takes a free one, null serves the page beside the GraphQL endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TracingConfig:
    """OpenTelemetry traces, exported by OTLP over HTTP. Needs the extra `tracing`."""

    enabled: bool = False
    """Whether spans are recorded."""
    endpoint: str = "http://127.0.0.1:4318/v1/traces"
    """The URL of the collector."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of the export requests, such as credentials."""
    service_name: str = "entrepot-router"
    """The resource attribute `service.name`."""
    ratio: Annotated[float, Meta(ge=0, le=1)] = 1.0
    """The share of traces that are sampled, where the client's `traceparent` does not decide."""
    documents: bool = False
    """Whether the text of documents is recorded; it may hold personal data."""
    interval: Annotated[float, Meta(gt=0)] = 5.0
    """Seconds between two exports."""
    max_queue_size: Annotated[int, Meta(ge=1)] = 2048
    """The most spans that wait for export; further ones are dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLogConfig:
    """The access log: one line per request, without tokens and variables."""

    enabled: bool = False
    """Whether requests are logged."""
    percent: Percent = 100.0
    """The percentage of requests that are logged."""
    failures: bool = True
    """Whether requests with errors are always logged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservabilityConfig:
    """Metrics, traces and the access log. All are off by default and then cost nothing."""

    metrics: MetricsConfig = field(default_factory=MetricsConfig)
    """Prometheus metrics."""
    tracing: TracingConfig = field(default_factory=TracingConfig)
    """OpenTelemetry traces."""
    access_log: AccessLogConfig = field(default_factory=AccessLogConfig)
    """The access log."""
