"""What holds for every test: the time each suite took is told, and in CI nothing may be skipped."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable

import pytest
from _pytest.terminal import TerminalReporter


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Seconds by suite, a suite being a folder right below tests/ (router's below that)."""
    seconds: dict[str, float] = defaultdict(float)
    counts: dict[str, int] = defaultdict(int)
    for report in _reports(terminalreporter):
        suite = _suite(report.nodeid)
        seconds[suite] += report.duration
        counts[suite] += report.when == "call"
    terminalreporter.section("suites")
    for suite in sorted(seconds):
        terminalreporter.write_line(f"{suite:<32} {counts[suite]:>6} tests {seconds[suite]:>8.1f} s")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With FAIL_ON_SKIP=1, as in CI, a skipped test fails the run: whatever it needs must be installed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("FAIL_ON_SKIP") == "1" and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("Tests were skipped, and FAIL_ON_SKIP=1 forbids it; the reasons follow.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _reports(reporter: TerminalReporter) -> Iterable[pytest.TestReport]:
    for outcome in reporter.stats.values():
        yield from (report for report in outcome if isinstance(report, pytest.TestReport))


def _suite(nodeid: str) -> str:
    parts = nodeid.split("::", maxsplit=1)[0].split("/")[1:-1]
    return "/".join(parts[:2]) or "tests"
