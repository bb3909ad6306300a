"""All that a check found as one list: composition errors first, then changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from entrepot.router.checks.change import Change, Criticality, Place
from entrepot.router.checks.check import CheckResult
from entrepot.router.composition import Location


@dataclass(frozen=True, slots=True)
class Finding:
    """One entry of a report; `level` is error, warning or note."""

    level: str
    code: str
    message: str
    place: Place | None
    coordinate: str | None = None
    fingerprint: str | None = None


def list_findings(result: CheckResult) -> Iterator[Finding]:
    """The findings in the order of reports."""
    for error in result.head.composition.errors:
        yield Finding("error", error.code, error.message, _locate(result, error.locations))
    for hint in result.hints:
        level = "warning" if hint.level == "WARN" else "note"
        yield Finding(level, hint.code, hint.message, None, hint.coordinate)
    for change in result.changes:
        yield Finding(
            level_of(change), change.code, describe(change), change.place, change.coordinate, change.fingerprint
        )


def level_of(change: Change) -> str:
    """Error for what fails the check, warning for what a person should look at."""
    if change.is_refused:
        return "error"
    return "note" if change.criticality == "SAFE" else "warning"


def describe(change: Change) -> str:
    """The message with its contract, evidence and approval."""
    parts = [f"[{change.contract}] {change.message}" if change.contract else change.message]
    if change.evidence:
        parts.append(change.evidence)
    if change.approval:
        parts.append(f"Approved by {change.approval}")
    return " ".join(parts)


def summarize(result: CheckResult) -> str:
    """One sentence: whether it passed, and how many changes there are of which kind."""
    if not result.head.is_composed:
        return f"failed: {result.head.name} does not compose ({len(result.head.composition.errors)} errors)"
    counts = [
        f"{number} {criticality.lower()}"
        for criticality in Criticality
        if (number := sum(change.criticality == criticality for change in result.changes))
    ]
    approved = sum(change.approval is not None for change in result.changes)
    counts += [f"{approved} of them approved"] if approved else []
    counts += [] if result.operations is None else [f"{result.operations} operations checked"]
    return f"{'passed' if result.is_passed else 'failed'}: {', '.join(counts) or 'no changes'}"


def _locate(result: CheckResult, locations: Sequence[Location]) -> Place | None:
    if not locations:
        return None
    first = locations[0]
    file = result.head.files.get(first.subgraph, first.subgraph)
    return Place(first.subgraph, file, first.line or 1, first.column or 1)
