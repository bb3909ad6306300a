"""The changelog of an API, for people who use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from entrepot.router.checks.change import Change, Criticality
from entrepot.router.checks.check import CheckResult

_SECTIONS: Final = ("Breaking", "Added", "Deprecated", "Removed", "Changed")
_UNMENTIONED: Final = frozenset({"DESCRIPTION_CHANGED", "OPERATION_SLOWER", "KEY_ADDED", "ENTITY_RESOLVABLE"})
"""What users of the API do not notice, or know from elsewhere."""


def report_changelog(result: CheckResult) -> str:
    """Markdown: the changes of the API from the base to the head, each once, in sections."""
    by_section: dict[str, list[str]] = {section: [] for section in _SECTIONS}
    for change in result.changes:
        if change.code not in _UNMENTIONED and change.contract is None:
            by_section[_name_section(change)].append(_print(change))
    return "\n".join(_print_lines(result, by_section)) + "\n"


def _print_lines(result: CheckResult, by_section: dict[str, list[str]]) -> Iterator[str]:
    yield f"# Changes of the API from {result.base.name} to {result.head.name}"
    if not any(by_section.values()):
        yield from ("", "Nothing that clients notice.")
    for section, lines in by_section.items():
        if lines:
            yield from ("", f"## {section}", "", *sorted(dict.fromkeys(lines)))


def _name_section(change: Change) -> str:
    if change.criticality is Criticality.BREAKING:
        return "Breaking"
    if change.code.startswith("DEPRECATION_ADDED"):
        return "Deprecated"
    if change.code.endswith("_ADDED"):
        return "Added"
    return "Removed" if change.code.endswith("_REMOVED") else "Changed"


def _print(change: Change) -> str:
    advice = f" {change.evidence}" if change.evidence and change.evidence.startswith("It looks") else ""
    return f"- {change.message}{advice}"
