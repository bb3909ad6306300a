"""What the differential test did, told in the summary of every run that had part of it."""

from __future__ import annotations

import pytest
from _pytest.terminal import TerminalReporter

from tests.support.differential.campaign import Tally


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Seeds, operations, waves, and how many operations used each feature."""
    whole = Tally()
    reports = [report for outcome in terminalreporter.stats.values() for report in outcome]
    for report in reports:
        if isinstance(report, pytest.TestReport) and report.when == "call":
            for name, value in report.user_properties:
                if name == "tally" and isinstance(value, dict):
                    whole.add(Tally.from_record(value))
    if whole.operations:
        terminalreporter.section("differential test of execution")
        terminalreporter.write_line(str(whole))
