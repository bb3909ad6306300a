"""Every locked package has a licence that is allowed, and the audit notices one that has not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.node import need_npm
from tests.support.tree import ROOT

SCRIPT = ROOT / "scripts" / "audit"
RULES = ROOT / "scripts" / "licences.toml"
# An address of this machine where nothing listens.
CLOSED = "http://127.0.0.1:9/"


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = spec_from_loader("audit", SourceFileLoader("audit", str(SCRIPT)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **variables})


def test_every_licence_is_allowed() -> None:
    done = run("--licences")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_licence_that_is_not_allowed_fails(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES.read_text().replace('    "ISC",\n', "").replace('    "MPL-2.0",\n', ""))
    done = run("--licences", "--rules", str(rules))
    assert done.returncode == 1
    # One of npm, one of Python.
    assert "licence ISC is not allowed" in done.stderr
    assert "certifi (requirements" in done.stderr


@pytest.mark.parametrize(
    ("stated", "is_allowed"),
    [
        (["MIT"], True),
        (["(GPL-3.0 OR MIT)"], True),
        (["MIT AND GPL-3.0"], False),
        (["MIT AND (GPL-3.0 OR Apache-2.0)"], True),
        (["GPL-3.0"], False),
        (["SEE LICENSE IN LICENSE.md"], False),
        (["MIT) or (True"], False),
        ([], False),
    ],
)
def test_expressions_of_licences(audit: ModuleType, stated: list[str], *, is_allowed: bool) -> None:
    assert audit.is_allowed(stated, frozenset({"MIT", "Apache-2.0"})) is is_allowed


def test_every_npm_lock_is_read(audit: ModuleType) -> None:
    folders = {str(path.parent.relative_to(ROOT)) for path in audit.list_npm_locks()}
    assert {"router/explorer", "tests/clients/typed"} <= folders


def test_a_service_that_does_not_answer_is_no_failure(audit: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    need_npm()
    monkeypatch.setenv("npm_config_registry", CLOSED)
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setattr(audit, "list_npm_locks", lambda: [ROOT / "router" / "explorer" / "package-lock.json"])
    said: list[str] = []
    monkeypatch.setattr("builtins.print", lambda *parts, **_: said.append(str(parts[0])))
    assert audit.check_npm({}, ["router/explorer"]) == []
    (line,) = said
    assert line.startswith("audit: not checked for vulnerabilities: router/explorer (")


def report_of(tmp_path: Path, name: str, content: str) -> str:
    program = tmp_path / name
    program.write_text(f"#!/bin/sh\ncat <<'EOF'\n{content}\nEOF\nexit 1\n")
    program.chmod(0o755)
    return f"{tmp_path}{os.pathsep}{os.environ['PATH']}"


def test_vulnerable_packages_fail_unless_accepted(
    audit: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The form of pip-audit 2.9; the service of the real one seldom has something to report on these locks.
    found = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.0"]}
    packages = [{"name": "a", "version": "1.0", "vulns": [found]}, {"name": "b", "skip_reason": "no"}]
    monkeypatch.setenv("PATH", report_of(tmp_path, "pip-audit", json.dumps({"dependencies": packages})))
    assert set(audit.check_python({})) == {"a 1.0: PYSEC-1, fixed in 2.0"}
    assert audit.check_python({"CVE-1": "not used here"}) == []


def test_serious_npm_findings_fail_where_they_are_distributed(
    audit: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    high, low = ({"severity": each, "title": "t", "url": "u/GHSA-1"} for each in ("high", "low"))
    content = json.dumps({"vulnerabilities": {"a": {"via": ["b", high]}, "c": {"via": [low]}}})
    monkeypatch.setenv("PATH", report_of(tmp_path, "npm", content))
    monkeypatch.setattr(audit, "list_npm_locks", lambda: [ROOT / "router" / "explorer" / "package-lock.json"])
    assert audit.check_npm({}, ["router/explorer"]) == ["a (router/explorer): high: t u/GHSA-1"]
    assert audit.check_npm({}, ["examples"]) == []
    assert audit.check_npm({"GHSA-1": "not reachable"}, ["router/explorer"]) == []
