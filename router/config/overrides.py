"""For which requests a field that is moving between subgraphs is asked of its new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta

Percent = Annotated[float, Meta(ge=0, le=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverridesConfig:
    """Labels of `@override(label:)` other than `percent(...)`, which says itself for how many requests it holds.

    `labels` gives each the percentage of requests for which it holds: 100 for all, 0 (as for those not listed) for
    none. Where `header` names a request header, the labels that it lists, separated by commas, hold for that request
    too; name only one that whoever stands before the router sets or removes.
    """

    labels: Mapping[str, Percent] = field(default_factory=dict)
    header: str | None = None
