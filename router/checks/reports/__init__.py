"""What a check found, in the forms that people and programs read."""

from collections.abc import Callable
from typing import Final

from entrepot.router.checks.check import CheckResult
from entrepot.router.checks.reports.annotations import report_annotations
from entrepot.router.checks.reports.changelog import report_changelog
from entrepot.router.checks.reports.json import report_json
from entrepot.router.checks.reports.junit import report_junit
from entrepot.router.checks.reports.markdown import report_markdown
from entrepot.router.checks.reports.sarif import report_sarif

REPORTS: Final[dict[str, Callable[[CheckResult], str]]] = {
    "json": report_json,
    "sarif": report_sarif,
    "junit": report_junit,
    "markdown": report_markdown,
    "github": report_annotations,
    "changelog": report_changelog,
}
"""The forms of `--format` beside `text`, which depends on the terminal."""

__all__ = ["REPORTS"]
