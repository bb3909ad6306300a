"""The words of the command line: help, version, suggestions, completion, colours, standard input, missing extras."""

from __future__ import annotations

import argparse
import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import entrepot
from entrepot.cli import main
from entrepot.command_line.catalogue import COMMANDS
from entrepot.command_line.parser import build_parser
from entrepot.docs_generation.command_line_page import print_command_line_page
from tests.support.servers import need_program
from tests.support.small_graph import SUPERGRAPH
from tests.support.tree import ROOT

NEEDED_BY_NONE = (
    "sqlalchemy",
    "strawberry",
    "yaml",
    "msgspec",
    "graphql",
    "uvicorn",
    "aiohttp",
    "structlog",
    "aiokafka",
)


def run(*words: str, text: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "entrepot", *words],
        input=text,
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def run_without(modules: tuple[str, ...], *words: str) -> subprocess.CompletedProcess[str]:
    """A command where the modules are not installed."""
    program = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({modules!r}))\n"
        "from entrepot.cli import main\n"
        f"sys.exit(main({list(words)!r}))\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


class TestHelp:
    def test_without_words(self) -> None:
        ended = run()
        assert ended.returncode == 2
        assert ended.stderr == ""
        assert ended.stdout.startswith("usage: entrepot [-h] [--version] COMMAND")
        assert [name for name in COMMANDS if f"    {name}" not in ended.stdout] == []

    def test_every_option_is_explained(self) -> None:
        _, parsers = build_parser()
        assert set(parsers) == set(COMMANDS)
        silent = [
            f"{name} {action.dest}"
            for name, parser in parsers.items()
            for action in parser.options
            if not action.help or action.help == argparse.SUPPRESS
        ]
        assert silent == []
        assert sum(len(parser.options) for parser in parsers.values()) > 60

    def test_every_command_is_on_the_page(self) -> None:
        page = print_command_line_page()
        _, parsers = build_parser()
        for name, parser in parsers.items():
            section = page.partition(f"\n## entrepot {name}\n")[2].partition("\n## ")[0]
            named = [option for action in parser.options for option in action.option_strings[-1:]]
            assert [option for option in named if option != "--help" and f"`{option}" not in section] == []

    @pytest.mark.parametrize("command", COMMANDS)
    def test_it_needs_no_extra(self, command: str) -> None:
        ended = run_without(NEEDED_BY_NONE, command, "--help")
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout.startswith(f"usage: entrepot {command}")


class TestVersion:
    def test_it_names_python_too(self) -> None:
        ended = run("--version")
        version = ".".join(map(str, sys.version_info[:3]))
        assert (ended.returncode, ended.stdout) == (0, f"entrepot {entrepot.__version__} (Python {version})\n")

    def test_it_is_that_of_the_project(self) -> None:
        assert f'\nversion = "{entrepot.__version__}"\n' in (ROOT / "pyproject.toml").read_text()

    def test_nothing_else_is_made_up(self) -> None:
        with pytest.raises(AttributeError, match="no attribute '__versoin__'"):
            _ = entrepot.__versoin__


class TestMissingExtras:
    @pytest.mark.parametrize(
        ("modules", "words", "extra"),
        [
            (("yaml",), ("compose",), "router"),
            (("graphql",), ("plan", "--supergraph", "README.md", "README.md"), "router"),
            (("sqlalchemy", "strawberry"), ("schema", "--check"), "router,commerce"),
            (("sqlalchemy", "strawberry"), ("dev",), "router,commerce"),
            (("aiokafka",), ("create-topics",), "router,commerce,postgres,redis,kafka"),
        ],
    )
    def test_one_line_says_how_to_install_it(
        self, modules: tuple[str, ...], words: tuple[str, ...], extra: str
    ) -> None:
        ended = run_without(modules, *words)
        assert ended.returncode == 1
        (line,) = ended.stderr.splitlines()
        assert line.startswith(f"entrepot {words[0]} needs the Python module {modules[0]}")
        assert f"-py3-none-any.whl[{extra}]'" in line
        # A bare name would be somebody else's package.
        assert "install 'entrepot" not in line

    @pytest.mark.parametrize("modules", [("sqlalchemy", "strawberry", "alembic", "aiosqlite")])
    def test_composing_needs_the_router_only(self, modules: tuple[str, ...]) -> None:
        ended = run_without(modules, "compose")
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout.rstrip() == (ROOT / "schema" / "supergraph.graphql").read_text().rstrip()


class TestCompletion:
    def test_bash(self, tmp_path: Path) -> None:
        assert self.bash(tmp_path, "entrepot", "ro") == ["router"]
        assert self.bash(tmp_path, "entrepot", "router", "--su") == ["--supergraph", "--supergraph-config"]
        assert self.bash(tmp_path, "entrepot", "plan", "--format", "") == ["text", "json", "mermaid"]
        assert self.bash(tmp_path, "entrepot", "subgraph", "c") == ["carts", "catalog"]
        assert self.bash(tmp_path, "entrepot", "router", "--port", "") == []
        (tmp_path / "router.yaml").touch()
        assert self.bash(tmp_path, "entrepot", "dev", "--config", "rou") == ["router.yaml"]

    def bash(self, folder: Path, *words: str) -> list[str]:
        """What bash offers in the place of the last word."""
        script = run("completion", "bash").stdout
        quoted = " ".join(f"'{word}'" for word in words)
        asked = f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _entrepot; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        ended = subprocess.run(
            ["/bin/bash", "-eu", "-c", f"{script}\n{asked}"],
            cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return ended.stdout.split()

    def test_fish(self) -> None:
        fish = need_program("fish", "fish")
        script = run("completion", "fish").stdout

        def complete(line: str) -> list[str]:
            asked = f"{script}\ncomplete -C '{line}'"
            ended = subprocess.run([fish, "--no-config", "-c", asked], capture_output=True, text=True, check=True)
            return [found.partition("\t")[0] for found in ended.stdout.splitlines()]

        assert complete("entrepot ro") == ["router"]
        assert set(complete("entrepot plan --format ")) == {"text", "json", "mermaid"}
        assert set(complete("entrepot router --su")) == {"--supergraph", "--supergraph-config"}
        assert set(complete("entrepot subgraph c")) == {"carts", "catalog"}

    def test_zsh(self, tmp_path: Path) -> None:
        zsh = need_program("zsh", "zsh")
        (tmp_path / "_entrepot").write_text(run("completion", "zsh").stdout)
        checked = subprocess.run([zsh, "-n", tmp_path / "_entrepot"], capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")
        assert self.zsh(zsh, tmp_path, "entrepot comple\t") == "entrepot completion"
        assert self.zsh(zsh, tmp_path, "entrepot plan --form\tmer\t") == "entrepot plan --format mermaid"
        assert self.zsh(zsh, tmp_path, "entrepot worker pay\t") == "entrepot worker payments"

    def zsh(self, zsh: str, folder: Path, keys: str) -> str:
        """The line of an interactive zsh after the keys."""
        main, terminal = pty.openpty()
        (folder / "line").unlink(missing_ok=True)
        (folder / ".zshrc").write_text(
            f"PS1=; unsetopt zle_bracketed_paste; fpath=({folder} $fpath); autoload -U compinit; compinit -u -D\n"
            f"note() {{ print -r -- $BUFFER > {folder}/line; exit }}; zle -N note; bindkey '^X' note\n"
            "print ready\n"
        )
        environment = {**os.environ, "ZDOTDIR": str(folder), "TERM": "xterm"}
        process = subprocess.Popen([zsh, "-i"], stdin=terminal, stdout=terminal, stderr=terminal, env=environment)
        os.close(terminal)
        said = b""
        while b"ready" not in said:
            said += os.read(main, 1024)
        os.write(main, keys.encode() + b"\x18")
        try:
            while os.read(main, 1024):
                pass
        except OSError:
            # How Linux says that the other end is closed.
            os.close(main)
        assert process.wait(10) == 0
        return (folder / "line").read_text().strip()

    def test_an_unknown_shell(self) -> None:
        ended = run("completion", "powershell")
        assert ended.returncode == 2
        assert "choose from bash, zsh, fish" in ended.stderr


class TestColours:
    def test_none_in_a_pipe(self) -> None:
        assert "\x1b" not in run("--help").stdout + run("rotuer").stderr

    def test_they_can_be_forced_and_forbidden(self) -> None:
        assert "\x1b[" in run("--help", FORCE_COLOR="1").stdout
        assert "\x1b" not in run("--help", FORCE_COLOR="1", NO_COLOR="1").stdout
        assert "\x1b" not in run("--help", FORCE_COLOR="0").stdout

    def test_an_error_has_a_red_code(self) -> None:
        said = run("compose", "--config", "none.yaml", FORCE_COLOR="1").stderr
        assert said.startswith("entrepot compose: \x1b[31mCONFIGURATION_INVALID\x1b[0m: ")

    def test_on_a_terminal(self) -> None:
        assert b"\x1b[" in self.on_terminal()
        assert b"\x1b" not in self.on_terminal(NO_COLOR="1")
        assert b"\x1b" not in self.on_terminal(TERM="dumb")

    def on_terminal(self, **variables: str) -> bytes:
        main, terminal = pty.openpty()
        environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
        words = [sys.executable, "-m", "entrepot", "--help"]
        options = {**environment, "TERM": "xterm", **variables}
        with subprocess.Popen(words, stdout=terminal, cwd=ROOT, env=options) as process:
            os.close(terminal)
            said = b""
            try:
                while part := os.read(main, 4096):
                    said += part
            except OSError:
                os.close(main)
            assert process.wait() == 0
        return said


class TestStandardInput:
    def test_an_operation(self, tmp_path: Path) -> None:
        supergraph = tmp_path / "supergraph.graphql"
        supergraph.write_text(SUPERGRAPH)
        ended = run("plan", "--supergraph", str(supergraph), "-", text="{ __typename }")
        assert (ended.returncode, ended.stderr) == (0, "")
        ended = run("plan", "--supergraph", "-", str(ROOT / "schema" / "operations" / "none.graphql"), text=SUPERGRAPH)
        assert "No such file" in ended.stderr

    def test_not_for_two_at_once(self) -> None:
        ended = run("plan", "--supergraph", "-", "-", text="")
        assert (ended.returncode, ended.stderr) == (
            1, "entrepot plan: SETTINGS_INVALID: Only one of the files can be `-`, standard input.\n",
        )  # fmt: skip
        ended = run("router", "--supergraph", "-", "--config", "-", text="")
        assert ended.stderr.startswith("entrepot router: CONFIGURATION_INVALID: Only one of the options can be `-`")

    def test_what_is_composed(self, tmp_path: Path) -> None:
        ended = run("compose", "--config", "-", "--output", "-", text=(ROOT / "supergraph.yaml").read_text())
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout.rstrip() == (ROOT / "schema" / "supergraph.graphql").read_text().rstrip()
        ended = run("compose", "--config", "-", text="subgraphs:\n  a: {routing_ulr: x}\n")
        assert "CONFIGURATION_INVALID: standard input:2:7: subgraphs.a.routing_ulr is unknown" in ended.stderr

    def test_the_configuration_of_a_router(self) -> None:
        ended = run("router", "--config", "-", "--print-config", text="limits: {max_depth: 7}")
        assert (ended.returncode, ended.stderr) == (0, "")
        assert "\n  max_depth: 7\n" in ended.stdout

    def test_a_reader_that_has_enough(self) -> None:
        words = f"{sys.executable} -m entrepot compose | head -n 1; exit ${{PIPESTATUS[0]}}"
        ended = subprocess.run(["/bin/bash", "-c", words], cwd=ROOT, capture_output=True, text=True, check=False)
        first, *_ = (ROOT / "schema" / "supergraph.graphql").read_text().splitlines()
        assert (ended.stdout, ended.stderr) == (f"{first}\n", "")


def test_a_command_of_another_process_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """`main` without arguments reads those of the process."""
    said = io.StringIO()
    monkeypatch.setattr(sys, "argv", ["entrepot", "completion", "fish"])
    monkeypatch.setattr(sys, "stdout", said)
    assert main() == 0
    assert "complete -c entrepot" in said.getvalue()
