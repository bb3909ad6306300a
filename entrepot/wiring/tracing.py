"""The tracer of a process of ours, as ENTREPOT_TRACING_* describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from entrepot.router.config import TracingConfig
from entrepot.shared.config import read_settings
from entrepot.shared.errors import SettingsInvalid
from entrepot.shared.installation import explain_missing
from entrepot.shared.randomness import Randomness
from entrepot.shared.telemetry import NoOpTracer, Tracer, TracingOptions


@dataclass(frozen=True, slots=True)
class TracingSection:
    """Read from ENTREPOT_TRACING_*, and named as in the router's section `observability.tracing`.

    `headers` are `name=value`; `service_name` is `entrepot-` and the names of the subgraphs unless it is given.
    """

    enabled: bool = False
    endpoint: str = "http://127.0.0.1:4318/v1/traces"
    headers: tuple[str, ...] = ()
    service_name: str = ""
    ratio: float = 1.0
    interval: float = 5.0
    queue: int = 2048

    def __post_init__(self) -> None:
        if not 0 <= self.ratio <= 1:
            raise ValueError("the ratio of traces is a share from 0 to 1")
        if self.interval <= 0 or self.queue < 1:
            raise ValueError("the interval and the queue of traces must be more than 0")
        if not all("=" in header for header in self.headers):
            raise ValueError("headers of traces are written as name=value")

    def read_headers(self) -> dict[str, str]:
        return dict(header.split("=", 1) for header in self.headers)


UNTRACED: Final = TracingSection()


def read_tracing(environ: Mapping[str, str]) -> TracingSection:
    """The section; raises SettingsInvalid."""
    return read_settings(TracingSection, environ, "ENTREPOT_TRACING")


def build_router_tracing(section: TracingSection) -> TracingConfig:
    """The same for a router that is configured by no file of its own: one trace holds it and its subgraphs."""
    return TracingConfig(
        enabled=section.enabled,
        endpoint=section.endpoint,
        headers=section.read_headers(),
        ratio=section.ratio,
        interval=section.interval,
        max_queue_size=section.queue,
    )


def build_tracer(environ: Mapping[str, str], service_name: str, randomness: Randomness) -> Tracer:
    """One that sends its spans by OTLP over HTTP, or that records nothing; raises SettingsInvalid."""
    section = read_tracing(environ)
    if not section.enabled:
        return NoOpTracer(randomness)
    options = TracingOptions(
        service_name=section.service_name or service_name,
        endpoint=section.endpoint,
        headers=section.read_headers(),
        ratio=section.ratio,
        interval=section.interval,
        queue=section.queue,
    )
    try:
        from entrepot.shared.telemetry.spans import RecordingTracer

        return RecordingTracer.sending(options)
    except ModuleNotFoundError as error:
        raise SettingsInvalid(f"ENTREPOT_TRACING_ENABLED {explain_missing(error.name, 'tracing')}") from error
