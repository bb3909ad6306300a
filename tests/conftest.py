"""What holds for every test: loggers are as before, the time each suite took is told, in CI nothing may be skipped."""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import wraps
from typing import Any

import pytest
import structlog
from _pytest.terminal import TerminalReporter
from hypothesis import HealthCheck, settings

# No test depends on how fast the machine is: an example of Hypothesis may take as long as it takes.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")
_configure = structlog.configure


@wraps(_configure)
def _configure_for_a_test(**settings: Any) -> None:
    """Loggers of modules are not cached: they would keep the configuration, and the stream, of one test for all."""
    _configure(**{**settings, "cache_logger_on_first_use": False})


structlog.configure = _configure_for_a_test


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
        # Only what a test has set: pytest puts handlers of its own there for each phase.
        root.handlers[:], root.level = handlers, level


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
