"""Programs of Node.js that stand for our users: which node runs them, and whether their packages are installed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.support.tree import ROOT

CLIENTS = ROOT / "tests" / "clients"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class NodeClient:
    """A folder of tests/clients with its packages in place."""

    node: str
    folder: Path

    def command(self, script: str, *arguments: str) -> list[str]:
        return [self.node, script, *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """That of this process, with the same node for whatever the program starts."""
        return {**os.environ, "PATH": f"{Path(self.node).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def need_node() -> str:
    """The program; skips the test, with the remedy, when there is none that is new enough."""
    node = find_node()
    if node is None:
        pytest.skip("needs Node.js 20.19, 22.12 or later: install it, or run `make setup`, which puts one into .venv")
    return node


def need_npm() -> str:
    """The program, on PATH or beside this Python; skips the test, with the remedy, when there is none."""
    npm = shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))
    if npm is None:
        pytest.skip("needs npm: run `make setup`, which puts one into .venv")
    return npm


def need_client(name: str) -> NodeClient:
    """The client of that name; skips the test, with the remedy, when node or its packages are missing."""
    node = need_node()
    need_packages(CLIENTS / name, "scripts/clients")
    return NodeClient(node, CLIENTS / name)


def need_packages(folder: Path, command: str) -> None:
    """Skips the test unless what package-lock.json of the folder lists is installed; the command is the remedy."""
    stamp = folder / "node_modules" / ".lock"
    if not stamp.is_file() or stamp.read_text().strip() != lock_digest(folder):
        pytest.skip(f"the packages of {folder.relative_to(ROOT)} are missing or stale: run {command}")


def need_chromium() -> str:
    """The path of Chromium; skips the test, with the remedy, when there is none."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None or not Path(found).exists():
        pytest.skip("needs Chromium: install it, or set CHROMIUM to its path")
    return found


def need_browser(built: Path) -> NodeClient:
    """The client that drives Chromium over the page built at that path; skips the test, with the remedy, otherwise."""
    client = need_client("browser")
    need_chromium()
    if not built.is_file():
        pytest.skip(f"{built.relative_to(ROOT)} is not built: run make setup")
    return client


@cache
def find_node() -> str | None:
    """A node that is new enough: the one on PATH, else the one beside this Python.

    The program itself, no wrapper that would leave it running when it is ended.
    """
    candidates = (shutil.which("node"), str(Path(sys.executable).with_name("node")))
    return next(filter(None, (_read_program(path) for path in candidates if path)), None)


def lock_digest(folder: Path) -> str:
    """As scripts/npm-packages writes it."""
    content = b"".join((folder / name).read_bytes() for name in ("package.json", "package-lock.json", ".npmrc"))
    return hashlib.sha256(content).hexdigest()


def _read_program(node: str) -> str | None:
    """Where the node behind this command is; None when it does not start or is too old."""
    script = "console.log(process.execPath); console.log(process.versions.node)"
    try:
        said = subprocess.run([node, "-e", script], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    program, version = said.splitlines()
    major, minor = (int(number) for number in version.split(".")[:2])
    is_new_enough = (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22
    return program if is_new_enough else None
