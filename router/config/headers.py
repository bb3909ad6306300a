"""Header propagation: request headers to subgraphs, response headers to clients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseHeaderRule:
    """Header propagation from subgraph responses to the client."""

    propagate: tuple[str, ...] = ()
    """Header names, or prefixes that end in `*`."""
    algorithm: Literal["append", "first", "last"] = "append"
    """How the values of several subgraphs are combined, in the order of the plan. `Set-Cookie` is never combined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderRule:
    """Header propagation: from the client's request to subgraphs, and from their responses to the client."""

    propagate: tuple[str, ...] = ()
    """Names of request headers that are sent to subgraphs, or prefixes that end in `*`."""
    rename: Mapping[str, str] = field(default_factory=dict)
    """New names for propagated request headers."""
    insert: Mapping[str, str] = field(default_factory=dict)
    """Headers with fixed values that are sent to subgraphs."""
    response: ResponseHeaderRule | None = None
    """Propagation of response headers to the client."""
    subgraphs: tuple[str, ...] = ()
    """The subgraphs that the rule applies to; empty: all."""
