"""`entrepot check`: what a change of schemas does to clients, offline and before it is merged."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from entrepot.commands.compose import write_output
from entrepot.router.checks import (
    CheckResult,
    Contract,
    apply_approvals,
    check_versions,
    read_approvals,
    read_operations,
)
from entrepot.router.checks.reports import REPORTS
from entrepot.router.checks.reports.text import report_text
from entrepot.router.errors import ConfigurationInvalid
from entrepot.wiring.schema_versions import read_version, read_working_tree

_PROGRESS_AFTER = 2.0


def run(arguments: argparse.Namespace) -> int:
    """Compare base and head, print the report; 1 when the check fails."""
    result = _check(arguments, _Progress())
    report = (
        report_text(result, sys.stdout, is_verbose=arguments.verbose)
        if arguments.format == "text"
        else REPORTS[arguments.format](result)
    )
    write_output(report.rstrip("\n") + ("\n" if arguments.output else ""), arguments.output)
    return 0 if result.is_passed else 1


def _check(arguments: argparse.Namespace, progress: Callable[[str], None]) -> CheckResult:
    progress("reading and composing both versions")
    timeout = arguments.sdl_timeout
    base = read_version(arguments.base, arguments.config, sdl_timeout=timeout)
    head = (
        read_working_tree(arguments.config, sdl_timeout=timeout)
        if arguments.head is None
        else read_version(arguments.head, arguments.config, sdl_timeout=timeout)
    )
    operations = read_operations(arguments.operations) if arguments.operations else None
    progress("comparing")
    contracts = [_read_contract(text) for text in arguments.contract]
    result = check_versions(base, head, operations=operations, contracts=contracts)
    return _approve(result, arguments.approvals)


def _read_contract(text: str) -> Contract:
    """A contract from `NAME=+TAG,-TAG`."""
    name, separator, tags = text.partition("=")
    words = [word.strip() for word in tags.split(",") if word.strip()]
    if not (name and separator and words and all(word[0] in "+-" and word[1:] for word in words)):
        raise ConfigurationInvalid(f"--contract {text}: write NAME=+TAG to include a tag, NAME=-TAG to exclude one.")
    include = frozenset(word[1:] for word in words if word[0] == "+")
    return Contract(name, include, frozenset(word[1:] for word in words if word[0] == "-"))


def _approve(result: CheckResult, path: Path | None) -> CheckResult:
    if path is None:
        return result
    approvals = read_approvals(path, os.environ)
    changes, remarks = apply_approvals(result.changes, approvals, datetime.now(UTC).date())
    return replace(result, changes=tuple(changes), remarks=(*result.remarks, *remarks))


class _Progress:
    """Says on a terminal what a check is at, once it takes longer than people like to wait without a word."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def __call__(self, step: str) -> None:
        if sys.stderr.isatty() and time.monotonic() - self._started > _PROGRESS_AFTER:
            print(f"entrepot check: {step} ...", file=sys.stderr, flush=True)
