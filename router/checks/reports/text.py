"""The report for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from entrepot.router.checks.change import Change, Criticality, Place
from entrepot.router.checks.check import CheckResult
from entrepot.router.checks.reports.findings import describe, list_findings, summarize
from entrepot.shared.colours import Stream, paint

_COLOURS = {Criticality.BREAKING: "red", Criticality.DANGEROUS: "yellow", Criticality.SAFE: "green"}


def report_text(result: CheckResult, stream: Stream, *, is_verbose: bool = False) -> str:
    """Changes by criticality, each with its place, and how to approve it; safe ones are only counted by default."""
    return "\n".join(_print_lines(result, stream, is_verbose=is_verbose))


def _print_lines(result: CheckResult, stream: Stream, *, is_verbose: bool) -> Iterator[str]:
    yield f"{result.base.name} -> {result.head.name}"
    for finding in list_findings(result):
        if finding.fingerprint is None:
            place = f"{_print_place(finding.place)} " if finding.place else ""
            colour = "red" if finding.level == "error" else "yellow"
            yield f"  {place}{paint(finding.code, colour, stream)} {finding.message}"
    for criticality in Criticality:
        changes = [change for change in result.changes if change.criticality is criticality]
        if not changes:
            continue
        yield f"\n{paint(criticality.value, _COLOURS[criticality], stream)} ({len(changes)})"
        if criticality is Criticality.SAFE and not is_verbose:
            yield "  not shown; --verbose shows them"
            continue
        for change in changes:
            yield from _print_change(change, stream)
    yield from ("", *(f"! {remark}" for remark in result.remarks))
    colour = "green" if result.is_passed else "red"
    yield paint(f"The check {summarize(result)}.", colour, stream)


def _print_change(change: Change, stream: Stream) -> Iterator[str]:
    yield f"  {paint(change.code, _COLOURS[change.criticality], stream)} {describe(change)}"
    if change.place is not None:
        gone = " (base)" if change.place.version == "base" else ""
        yield f"    {_print_place(change.place)}{gone}"
    if change.details:
        yield from (f"    {line}" for line in change.details.splitlines())
    if change.is_refused:
        yield f"    to approve it: fingerprint {change.fingerprint}"


def _print_place(place: Place) -> str:
    return f"{place.file}:{place.line}:{place.column}"
