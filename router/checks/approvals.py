"""Approvals: breaking changes that somebody has accepted, by fingerprint, in a file under version control."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from entrepot.router.checks.change import Change
from entrepot.router.config.document import read_document
from entrepot.router.config.reader import convert_document, name_source, read_text
from entrepot.router.errors import ConfigurationInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Whose decision it is, why, and the last day on which it counts."""

    fingerprint: str
    by: str
    reason: str
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """An approval as it is written: `until` in the form of ISO 8601."""

    fingerprint: str
    by: str
    reason: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    approvals: tuple[_Entry, ...] = ()


def read_approvals(path: Path, environ: Mapping[str, str]) -> list[Approval]:
    """The approvals of a YAML file; raises ConfigurationInvalid for an entry without a name, a reason or a day."""
    content = convert_document(read_document(read_text(path), environ, name_source(path)), _File)
    return [_read_entry(path, entry) for entry in content.approvals]


def apply_approvals(
    changes: Iterable[Change], approvals: Iterable[Approval], today: date
) -> tuple[list[Change], list[str]]:
    """The changes, approved where an entry counts today, and remarks on entries that are over or approve nothing."""
    by_fingerprint = {approval.fingerprint: approval for approval in approvals}
    approved: list[Change] = []
    for change in changes:
        approval = by_fingerprint.get(change.fingerprint)
        if approval is not None and today <= approval.until:
            change = replace(change, approval=f"{approval.by}, until {approval.until}: {approval.reason}")
        approved.append(change)
    found = {change.fingerprint for change in approved}
    remarks = [
        f"The approval {each.fingerprint} by {each.by} "
        + ("matches no change: remove it." if each.fingerprint not in found else f"ended on {each.until}.")
        for each in by_fingerprint.values()
        if each.fingerprint not in found or today > each.until
    ]
    return approved, remarks


def _read_entry(path: Path, entry: _Entry) -> Approval:
    missing = [name for name in ("fingerprint", "by", "reason") if not getattr(entry, name).strip()]
    if missing:
        raise ConfigurationInvalid(f"{path}: an approval needs {', '.join(missing)}.")
    try:
        until = date.fromisoformat(entry.until)
    except ValueError as error:
        raise ConfigurationInvalid(
            f"{path}: the approval {entry.fingerprint} needs `until` as a day such as 2027-01-31."
        ) from error
    return Approval(fingerprint=entry.fingerprint, by=entry.by, reason=entry.reason, until=until)
