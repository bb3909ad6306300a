"""Progressive override: the requests for which `@override(label:)` is active."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta

Percent = Annotated[float, Meta(ge=0, le=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverridesConfig:
    """Labels of progressive `@override`. A label `percent(x)` needs no configuration."""

    labels: Mapping[str, Percent] = field(default_factory=dict)
    """The percentage of requests for which each label is active; a label that is not listed never is."""
    header: str | None = None
    """A request header that lists further active labels, separated by commas. A proxy in front of the router must set
    or remove it."""
