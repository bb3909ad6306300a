"""The report as SARIF 2.1.0 (OASIS), which code hosts show beside the lines."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any

from entrepot.router.checks.change import CHANGE_CODES, Place
from entrepot.router.checks.check import CheckResult
from entrepot.router.checks.reports.findings import Finding, list_findings

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_SAFE_LEVEL = "note"


def report_sarif(result: CheckResult) -> str:
    """One run with one result per error, hint and change; safe changes are left out."""
    findings = [
        finding for finding in list_findings(result) if finding.fingerprint is None or finding.level != _SAFE_LEVEL
    ]
    codes = sorted({finding.code for finding in findings})
    driver = {"name": "entrepot check", "rules": [_print_rule(code) for code in codes]}
    run = {"tool": {"driver": driver}, "results": [_print_result(finding, codes) for finding in findings]}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _print_rule(code: str) -> dict[str, Any]:
    meaning = CHANGE_CODES[code][1] if code in CHANGE_CODES else code.replace("_", " ").lower()
    return {"id": code, "shortDescription": {"text": meaning}}


def _print_result(finding: Finding, codes: list[str]) -> dict[str, Any]:
    printed: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": finding.level,
        "message": {"text": finding.message},
    }
    if finding.fingerprint is not None:
        printed["partialFingerprints"] = {"change/v1": finding.fingerprint}
    location = _print_location(finding.place, finding.coordinate)
    if location:
        printed["locations"] = [location]
    return printed


def _print_location(place: Place | None, coordinate: str | None) -> dict[str, Any]:
    location: dict[str, Any] = {}
    # What is gone has no line in the files of the head.
    if place is not None and place.version == "head":
        uri = PurePath(place.file).as_posix()
        region = {"startLine": place.line, "startColumn": place.column}
        location["physicalLocation"] = {"artifactLocation": {"uri": uri}, "region": region}
    if coordinate is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": coordinate}]
    return location
