"""Removal after deprecation: what was announced for long enough surprises nobody."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from graphql import GraphQLSchema

from entrepot.router.checks.change import Change, Criticality

_REMOVALS: Final = frozenset({"FIELD_REMOVED", "ARGUMENT_REMOVED", "ENUM_VALUE_REMOVED", "INPUT_FIELD_REMOVED"})
_SINCE: Final = re.compile(r"\bsince (\d{4}-\d{2}-\d{2})\b", re.IGNORECASE)


def weigh_removals(changes: Iterable[Change], base: GraphQLSchema, grace: timedelta, today: date) -> list[Change]:
    """The changes; the removal of an element is dangerous only, when its deprecation is older than `grace`.

    The reason of a deprecation says since when it counts: `Use price. Since 2026-08-01.`
    """
    return [_weigh(change, base, grace, today) if change.code in _REMOVALS else change for change in changes]


def _weigh(change: Change, base: GraphQLSchema, grace: timedelta, today: date) -> Change:
    reason = _find_reason(change.coordinate, base)
    if reason is None:
        return change
    since = _read_since(reason)
    if since is None:
        evidence = "Its deprecation has no day (`since 2026-08-01`), so that the grace period cannot be counted."
        return replace(change, evidence=evidence)
    end = since + grace
    if today < end:
        return replace(change, evidence=f"It is deprecated since {since}; the grace period ends on {end}.")
    evidence = f"It is deprecated since {since}, longer than the grace period of {grace.days} days."
    return replace(change, criticality=Criticality.DANGEROUS, evidence=evidence)


def _read_since(reason: str) -> date | None:
    found = _SINCE.search(reason)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _find_reason(coordinate: str, schema: GraphQLSchema) -> str | None:
    """Why the element is deprecated; None when it is not."""
    element, _, argument = coordinate.rstrip(":)").partition("(")
    type_name, _, name = element.partition(".")
    type_ = schema.type_map.get(type_name)
    found: Any = (getattr(type_, "fields", None) or getattr(type_, "values", None) or {}).get(name)
    if argument:
        found = getattr(found, "args", {}).get(argument)
    return getattr(found, "deprecation_reason", None)
