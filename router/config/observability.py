"""The sections about seeing inside: metrics, traces, the log of requests, and extensions in Python."""

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
    """Prometheus metrics at `path`, on a `host` and `port` of their own: they tell how the router is used.

    With `port` null they are served beside the GraphQL endpoint instead, to whoever can reach it; 0 is any free port.
    """

    enabled: bool = False
    path: Path = "/metrics"
    host: str = "127.0.0.1"
    port: Port | None = 9464


@dataclass(frozen=True, slots=True, kw_only=True)
class TracingConfig:
    """OpenTelemetry traces, sent by OTLP over HTTP to `endpoint` with `headers`; needs the extra `tracing`.

    A trace that the client began is recorded when the client says so, any other by `ratio`, a share from 0 to 1.
    `documents` records the text of operations too, which may hold values that belong to nobody else. Spans are sent
    every `interval` seconds, and at most `queue` of them wait; more are dropped.
    """

    enabled: bool = False
    endpoint: str = "http://127.0.0.1:4318/v1/traces"
    headers: Mapping[str, str] = field(default_factory=dict)
    service_name: str = "entrepot-router"
    ratio: Annotated[float, Meta(ge=0, le=1)] = 1.0
    documents: bool = False
    interval: Annotated[float, Meta(gt=0)] = 5.0
    queue: Annotated[int, Meta(ge=1)] = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLogConfig:
    """A line in the log for each request, with neither tokens nor variables.

    `percent` of the requests are logged, and with `failures` all of those that end with errors.
    """

    enabled: bool = False
    percent: Percent = 100.0
    failures: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservabilityConfig:
    """What the router tells of its work. All of it is off unless it is asked for, and costs nothing then."""

    metrics: MetricsConfig = field(default_factory=MetricsConfig)
    tracing: TracingConfig = field(default_factory=TracingConfig)
    access_log: AccessLogConfig = field(default_factory=AccessLogConfig)
