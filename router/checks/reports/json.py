"""The report for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from entrepot.router.checks.change import Change
from entrepot.router.checks.check import CheckResult
from entrepot.router.checks.reports.findings import list_findings, summarize


def report_json(result: CheckResult) -> str:
    """One object: `passed`, `summary`, `errors` and `hints` of the composition, `changes`, `remarks`."""
    findings = [finding for finding in list_findings(result) if finding.fingerprint is None]
    content = {
        "passed": result.is_passed,
        "summary": summarize(result),
        "base": result.base.name,
        "head": result.head.name,
        "operations": result.operations,
        "errors": [asdict(finding) for finding in findings if finding.level == "error"],
        "hints": [asdict(finding) for finding in findings if finding.level != "error"],
        "changes": [_print_change(change) for change in result.changes],
        "remarks": list(result.remarks),
    }
    return json.dumps(content, indent=2)


def _print_change(change: Change) -> dict[str, Any]:
    return {**asdict(change), "fingerprint": change.fingerprint}
