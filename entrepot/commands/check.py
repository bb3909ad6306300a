"""`entrepot check`: what a change of schemas does to clients, offline and before it is merged."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from entrepot.commands.check_watch import watch_check
from entrepot.commands.compose import write_output
from entrepot.router.checks import (
    CheckResult,
    Contract,
    GracePeriod,
    Traffic,
    TrafficFilter,
    apply_approvals,
    check_versions,
    read_approvals,
    read_operations,
    read_traffic,
)
from entrepot.router.checks.reports import REPORTS
from entrepot.router.checks.reports.text import report_text
from entrepot.router.errors import ConfigurationInvalid
from entrepot.wiring.schema_versions import VersionReader

_PROGRESS_AFTER = 2.0


def run(arguments: argparse.Namespace) -> int:
    """Compare base and head, print the report; 1 when the check fails. With --watch, again after each change."""
    return watch_check(arguments, _run_once) if arguments.watch else _run_once(arguments)


def _run_once(arguments: argparse.Namespace) -> int:
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
    reader = VersionReader(arguments.config, arguments.sdl_timeout, arguments.events)
    base = reader.read(arguments.base)
    head = reader.read_working_tree() if arguments.head is None else reader.read(arguments.head)
    operations = read_operations(arguments.operations) if arguments.operations else None
    progress("comparing")
    contracts = [_read_contract(text) for text in arguments.contract]
    result = check_versions(
        base,
        head,
        operations=operations,
        contracts=contracts,
        traffic=_read_traffic(arguments),
        grace=_read_grace(arguments.grace_days),
    )
    return _approve(result, arguments.approvals)


def _read_traffic(arguments: argparse.Namespace) -> Traffic | None:
    if not arguments.traffic:
        return None
    if not arguments.operations:
        raise ConfigurationInvalid("--traffic counts the operations of --operations: give these too.")
    days = arguments.traffic_days
    rules = TrafficFilter(
        since=None if days is None else datetime.now(UTC) - timedelta(days=days),
        ignored_clients=frozenset(arguments.ignore_client),
        minimum_requests=arguments.minimum_requests,
        minimum_percent=arguments.minimum_percent,
    )
    return read_traffic(arguments.traffic, rules)


def _read_grace(days: int | None) -> GracePeriod | None:
    return None if days is None else GracePeriod(timedelta(days=days), datetime.now(UTC).date())


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
