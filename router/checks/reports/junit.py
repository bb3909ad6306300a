"""The report as JUnit XML, which CI servers show as tests."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from entrepot.router.checks.check import CheckResult
from entrepot.router.checks.reports.findings import Finding, list_findings

_PASSED = "no errors"


def report_junit(result: CheckResult) -> str:
    """One suite with a test case per finding; one that fails the check is a failure."""
    findings = list(list_findings(result))
    failures = sum(finding.level == "error" for finding in findings)
    suite = ET.Element(
        "testsuite", name="entrepot check", tests=str(max(1, len(findings))), failures=str(failures), errors="0"
    )
    if not findings:
        ET.SubElement(suite, "testcase", classname="schema", name=_PASSED)
    for finding in findings:
        _add_case(suite, finding)
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True)


def _add_case(suite: ET.Element, finding: Finding) -> None:
    name = f"{finding.code} {finding.coordinate}" if finding.coordinate else finding.code
    case = ET.SubElement(suite, "testcase", classname="schema", name=name)
    place = finding.place
    text = finding.message if place is None else f"{place.file}:{place.line}:{place.column} {finding.message}"
    if finding.level == "error":
        failure = ET.SubElement(case, "failure", message=finding.message, type=finding.code)
        failure.text = text
    else:
        ET.SubElement(case, "system-out").text = text
