"""The report as Markdown, for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from entrepot.router.checks.change import Change, Criticality
from entrepot.router.checks.check import CheckResult
from entrepot.router.checks.reports.findings import describe, list_findings, summarize


def report_markdown(result: CheckResult) -> str:
    """A heading with the result, and a table per criticality; safe changes are folded."""
    return "\n".join(_print_lines(result)) + "\n"


def _print_lines(result: CheckResult) -> Iterator[str]:
    yield f"### Schema check {summarize(result)}"
    yield f"\n`{result.base.name}` to `{result.head.name}`"
    findings = [finding for finding in list_findings(result) if finding.fingerprint is None]
    if findings:
        yield "\n| composition | | where |\n|---|---|---|"
        for finding in findings:
            place = "" if finding.place is None else f"{finding.place.file}:{finding.place.line}"
            yield f"| {finding.code} | {_escape(finding.message)} | {place} |"
    for criticality in Criticality:
        changes = [change for change in result.changes if change.criticality is criticality]
        if not changes:
            continue
        title = f"{criticality.value.capitalize()} ({len(changes)})"
        is_folded = criticality is Criticality.SAFE
        yield f"\n<details><summary>{title}</summary>\n" if is_folded else f"\n#### {title}\n"
        yield "| change | | where | fingerprint |\n|---|---|---|---|"
        yield from map(_print_row, changes)
        if is_folded:
            yield "\n</details>"
    if result.remarks:
        yield ""
        yield from (f"- {remark}" for remark in result.remarks)


def _print_row(change: Change) -> str:
    place = "" if change.place is None else f"{change.place.file}:{change.place.line}"
    return f"| {change.code} | {_escape(describe(change))} | {place} | `{change.fingerprint}` |"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
