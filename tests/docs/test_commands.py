"""Commands in the pages: each names what exists, and those that are quick are run."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from entrepot.cli import main
from tests.support.markdown import list_pages, read_blocks, read_commands, read_prose
from tests.support.tree import ROOT

_INLINE = re.compile(r"`((?:entrepot|make|scripts/[\w-]+)(?: [^`\n]*)?)`")
_OPTION = re.compile(r"--[a-z][\w-]*")


def list_commands() -> list[tuple[str, str]]:
    """Every command with the page it stands in, from console blocks and from prose."""
    found = {(str(block), part.strip()) for block, command in read_commands() for part in command.split("&&")}
    for page in list_pages():
        found |= {(str(page.relative_to(ROOT)), command) for command in _INLINE.findall(read_prose(page))}
    return sorted((where, command) for where, command in found if command.startswith(("entrepot", "make", "scripts/")))


COMMANDS = list_commands()


@pytest.mark.parametrize(("where", "command"), COMMANDS, ids=[f"{where}-{command}" for where, command in COMMANDS])
def test_a_command_names_what_exists(where: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(find_faults(command, capsys)) == [], where


@pytest.mark.parametrize(
    "command",
    ["make nothing", "entrepot compos", "entrepot compose --outputs FILE", "scripts/nothing", "entrepot --nope"],
)
def test_a_wrong_command_is_found(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(find_faults(command, capsys)) != []


def test_commands_are_found() -> None:
    programs = [command.split()[0] for _, command in COMMANDS]
    assert min(programs.count("entrepot"), programs.count("make")) > 10


def find_faults(command: str, capsys: pytest.CaptureFixture[str]) -> Iterator[str]:
    program, *words = command.replace("\\|", " | ").split()
    if program == "make":
        yield from (f"no target {word}" for word in words if re.fullmatch(r"[a-z-]+", word) and word not in targets())
    elif program.startswith("scripts/"):
        if not os.access(ROOT / program, os.X_OK):
            yield f"{program} is no program"
    elif words and re.fullmatch(r"[a-z][a-z-]*", words[0]):
        help_text = read_help(words[0], capsys)
        known = set(_OPTION.findall(help_text or ""))
        if help_text is None:
            yield f"no command {words[0]}"
        yield from (f"no option {option} of {words[0]}" for option in _OPTION.findall(command) if option not in known)
    else:
        known = set(_OPTION.findall(read_help("", capsys) or ""))
        yield from (f"no option {option}" for option in _OPTION.findall(command) if option not in known)


_HELP: dict[str, str | None] = {}


def read_help(command: str, capsys: pytest.CaptureFixture[str]) -> str | None:
    """What the command's own parser says of its options; None when there is no such command."""
    if command not in _HELP:
        try:
            status: object = main([command, "--help"] if command else ["--help"])
        except SystemExit as ended:
            status = ended.code
        _HELP[command] = capsys.readouterr().out if status == 0 else None
    return _HELP[command]


@cache
def targets() -> frozenset[str]:
    return frozenset(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


class TestRun:
    """In a folder that has what the pages name."""

    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("supergraph.yaml", "schema", "deploy"):
            (tmp_path / name).symlink_to(ROOT / name)
        (tmp_path / "supergraph.graphql").write_text((ROOT / "schema" / "supergraph.graphql").read_text())
        (tmp_path / "OPERATION.graphql").symlink_to(ROOT / "schema" / "operations" / "BrowseProducts.graphql")
        page = read_blocks(ROOT / "docs" / "request-flow.md")
        (config,) = [block.text for block in page if block.text.startswith("# router.yaml")]
        (tmp_path / "router.yaml").write_text(config)
        (tmp_path / "FILE").write_text("{}")
        monkeypatch.chdir(tmp_path)

    @pytest.mark.parametrize(
        "command", sorted({c for _, c in COMMANDS if c.startswith("entrepot plan --supergraph schema")})
    )
    def test_plan(self, command: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(shlex.split(command)[1:]) == 0
        assert "Fetch" in capsys.readouterr().out

    @pytest.mark.parametrize("command", sorted({c for _, c in COMMANDS if c.startswith("entrepot compose --config")}))
    def test_compose(self, command: str, tmp_path: Path) -> None:
        (tmp_path / "supergraph.graphql").unlink()
        assert main(shlex.split(command)[1:]) == 0
        if "--output" in command:
            assert "@join__" in (tmp_path / "supergraph.graphql").read_text()

    @pytest.mark.parametrize(
        "command", sorted({c for _, c in COMMANDS if re.match(r"entrepot router .*--supergraph \S+\.", c)})
    )
    def test_router(self, command: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([*shlex.split(command)[1:], "--print-config"]) == 0
        assert "supergraph:" in capsys.readouterr().out

    def test_schema_check(self) -> None:
        assert ("docs/versioning.md", "entrepot schema --check") in COMMANDS
        assert main(["schema", "--check"]) == 0


@pytest.mark.parametrize(
    ("where", "command"), [(str(block), command) for block, command in read_commands() if command.startswith("curl")]
)
def test_curl_sends_a_valid_operation(where: str, command: str) -> None:
    words = shlex.split(command)
    query = json.loads(words[words.index("-d") + 1])["query"]
    schema = build_schema((ROOT / "schema" / "api.graphql").read_text())
    assert [error.message for error in validate(schema, parse(query))] == [], where
