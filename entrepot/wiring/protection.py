"""What the shop's own router allows an operation, where a configuration file does not say otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from entrepot.router.config import DemandControlConfig, LimitsConfig, RouterConfig

MAX_DEPTH: Final = 24
"""Fields below each other: the introspection of tools is 15 to 18 deep, the operations of storefronts up to 10."""
DEMAND: Final = DemandControlConfig(mode="enforce")
LIMITS: Final = LimitsConfig(max_depth=MAX_DEPTH)


def protect(config: RouterConfig, named: Mapping[str, Any]) -> RouterConfig:
    """The configuration of a file with these limits, but for the keys that the file `named`."""
    demand, limits = config.demand_control, config.limits
    if "mode" not in (named.get("demand_control") or {}):
        demand = replace(demand, mode=DEMAND.mode)
    if "max_depth" not in (named.get("limits") or {}):
        limits = replace(limits, max_depth=MAX_DEPTH)
    return replace(config, demand_control=demand, limits=limits)
