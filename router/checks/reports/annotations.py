"""The report as workflow commands of GitHub Actions, which it shows as annotations of lines."""

from __future__ import annotations

from entrepot.router.checks.check import CheckResult
from entrepot.router.checks.reports.findings import Finding, list_findings, summarize

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def report_annotations(result: CheckResult) -> str:
    """One command per finding that is no safe change, and the summary."""
    findings = [each for each in list_findings(result) if each.fingerprint is None or each.level != "note"]
    return "\n".join([*map(_print_command, findings), f"The check {summarize(result)}."])


def _print_command(finding: Finding) -> str:
    properties = [f"title={_escape_property(finding.code)}"]
    if finding.place is not None and finding.place.version == "head":
        place = finding.place
        properties = [f"file={_escape_property(place.file)}", f"line={place.line}", f"col={place.column}", *properties]
    return f"::{_COMMANDS[finding.level]} {','.join(properties)}::{_escape(finding.message)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
