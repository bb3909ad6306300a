"""`entrepot check` on a repository of its own: revisions, files, formats, exit statuses."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from entrepot.cli import main
from tests.support.tree import ROOT

_DATA = ROOT / "tests" / "router" / "checks" / "data"
_COUNTRY = "  country: String\n"


def git(folder: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *words],
        cwd=folder,
        check=True,
        capture_output=True,
    )


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose commit is the base; it is the current folder."""
    folder = tmp_path / "clone"
    shutil.copytree(_DATA, folder)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "base")
    monkeypatch.chdir(folder)
    return folder


def edit(clone: Path, old: str, new: str, name: str = "catalog") -> None:
    path = clone / f"{name}.graphql"
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_the_working_tree_against_a_revision(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--base", "main"]) == 0
    assert "The check passed: no changes." in capsys.readouterr().out
    edit(clone, _COUNTRY, "")
    assert main(["check", "--base", "main"]) == 1
    printed = capsys.readouterr().out
    assert "FIELD_REMOVED The field Brand.country is removed; it was not deprecated." in printed
    assert "catalog.graphql:57:3 (base)" in printed
    assert "to approve it: fingerprint " in printed
    assert "The check failed: 1 breaking." in printed


def test_a_folder_a_file_and_a_supergraph_are_versions(clone: Path, tmp_path: Path) -> None:
    supergraph = tmp_path / "supergraph.graphql"
    assert main(["compose", "--output", str(supergraph)]) == 0
    edit(clone, _COUNTRY, "")
    for base in (str(_DATA), str(_DATA / "supergraph.yaml"), str(supergraph)):
        assert main(["check", "--base", base]) == 1
        assert main(["check", "--base", base, "--head", base]) == 0


def test_a_base_that_is_none_is_one_line(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--base", "origin/main"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("entrepot check: CONFIGURATION_INVALID: The base cannot be read: origin/main is neither")
    assert error.count("\n") == 1
    (clone / "supergraph.yaml").rename(clone / "other.yaml")
    assert main(["check", "--base", "main", "--config", "other.yaml"]) == 1
    assert "The revision main has no file other.yaml." in capsys.readouterr().err


def test_what_does_not_compose_is_located(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(clone, "  name: String @external\n", "  name: Int @external\n", "reviews")
    assert main(["check", "--base", "main"]) == 1
    printed = capsys.readouterr().out
    assert "reviews.graphql:23:3 EXTERNAL_TYPE_MISMATCH" in printed or "EXTERNAL_TYPE_MISMATCH" in printed
    assert "The check failed: working tree does not compose (1 errors)." in printed


def test_operations_contracts_and_approvals(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (clone / "operations").mkdir()
    (clone / "operations" / "shelf.graphql").write_text("{ shelf { color } }")
    edit(clone, _COUNTRY, "")
    assert main(["check", "--base", "main", "--operations", "operations"]) == 0
    assert "1 operations checked" in capsys.readouterr().out
    assert main(["check", "--base", "main", "--format", "json"]) == 1
    (change,) = json.loads(capsys.readouterr().out)["changes"]
    entry = {"fingerprint": change["fingerprint"], "by": "ada", "reason": "unused", "until": "2100-01-01"}
    (clone / "approvals.yaml").write_text(json.dumps({"approvals": [entry]}))
    assert main(["check", "--base", "main", "--approvals", "approvals.yaml"]) == 0
    assert "Approved by ada, until 2100-01-01: unused" in capsys.readouterr().out
    assert main(["check", "--base", "main", "--contract", "staff"]) == 1
    assert "--contract staff: write NAME=+TAG" in capsys.readouterr().err


class TestFormats:
    @pytest.fixture
    def broken(self, clone: Path) -> Path:
        edit(clone, _COUNTRY, "  country: ID\n")
        edit(clone, "  SERVICE\n", "  SERVICE\n  BUNDLE\n")
        return clone

    def report(self, form: str, capsys: pytest.CaptureFixture[str]) -> str:
        assert main(["check", "--base", "main", "--format", form]) == 1
        return capsys.readouterr().out

    def test_json(self, broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
        report = json.loads(self.report("json", capsys))
        assert (report["passed"], report["errors"], report["operations"]) == (False, [], None)
        assert [(each["code"], each["criticality"]) for each in report["changes"]] == [
            ("FIELD_TYPE_CHANGED", "BREAKING"),
            ("ENUM_VALUE_ADDED", "DANGEROUS"),
        ]
        assert report["changes"][0]["place"] == {
            "subgraph": "catalog",
            "file": "catalog.graphql",
            "line": 57,
            "column": 3,
            "version": "head",
        }

    def test_sarif(self, broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
        report = json.loads(self.report("sarif", capsys))
        assert report["version"] == "2.1.0"
        (run,) = report["runs"]
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert [result["level"] for result in run["results"]] == ["error", "warning"]
        for result in run["results"]:
            assert rules[result["ruleIndex"]] == result["ruleId"]
            location = result["locations"][0]["physicalLocation"]
            lines = (broken / location["artifactLocation"]["uri"]).read_text().splitlines()
            assert location["region"]["startLine"] <= len(lines)

    def test_junit(self, broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
        suite = ET.fromstring(self.report("junit", capsys).encode()).find("testsuite")  # noqa: S314 our own report
        assert suite is not None
        assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
        assert len(suite.findall("testcase")) == 2
        assert [case.get("name") for case in suite.findall("testcase") if case.find("failure") is not None] == [
            "FIELD_TYPE_CHANGED Brand.country"
        ]

    def test_markdown(self, broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
        report = self.report("markdown", capsys)
        assert report.startswith("### Schema check failed: 1 breaking, 1 dangerous\n")
        assert "#### Breaking (1)" in report
        assert "| FIELD_TYPE_CHANGED |" in report

    def test_github(self, broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
        lines = self.report("github", capsys).splitlines()
        assert lines[0].startswith("::error file=catalog.graphql,line=57,col=3,title=FIELD_TYPE_CHANGED::")
        assert lines[1].startswith("::warning file=catalog.graphql,")

    def test_a_file(self, broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", "--base", "main", "--format", "json", "--output", "report.json"]) == 1
        assert capsys.readouterr().out == ""
        assert json.loads((broken / "report.json").read_text())["passed"] is False

    def test_nothing_has_a_report_in_every_form(self, clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
        for form in ("text", "json", "sarif", "junit", "markdown", "github"):
            assert main(["check", "--base", "main", "--format", form]) == 0
            report: Any = capsys.readouterr().out
            assert report.strip()


def test_event_contracts_of_a_revision(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contract = clone / "events" / "orders.placed.v1.json"
    contract.parent.mkdir()
    contract.write_text(json.dumps({"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}))
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "--message", "events")
    words = ["check", "--base", "main", "--events", "events"]
    assert main(words) == 0
    contract.write_text(json.dumps({"type": "object", "properties": {}}))
    assert main(words) == 1
    assert "EVENT_FIELD_REMOVED The field id of the event orders.placed.v1 is removed." in capsys.readouterr().out
    contract.write_text("{")
    assert main(words) == 1
    assert "The event contract orders.placed.v1.json is not JSON" in capsys.readouterr().err


def test_a_changelog_for_people(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(clone, _COUNTRY, "  origin: String\n")
    assert main(["check", "--base", "main", "--format", "changelog"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("# Changes of the API from main (")
    assert lines[lines.index("## Breaking") + 2].startswith("- The field Brand.country is removed")
    assert lines[lines.index("## Added") + 2] == "- The field Brand.origin is added."


def test_traffic_needs_operations(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (clone / "log.json").write_text("")
    assert main(["check", "--base", "main", "--traffic", "log.json"]) == 1
    assert "give these too" in capsys.readouterr().err


def test_watch_checks_again_after_a_change(clone: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "entrepot.cli", "check", "--base", "main", "--watch"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        try:
            assert process.stdout is not None
            assert any("The check passed" in line for line in process.stdout)
            edit(clone, _COUNTRY, "")
            assert any("The check failed: 1 breaking." in line for line in process.stdout)
        finally:
            process.send_signal(signal.SIGINT)
        # The signal may come before the check has ended that printed this.
        assert process.wait(20) in {0, 1}
