"""The locks install what they say, whatever has been released since: nothing is resolved when they are installed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.package_index import read_pins, rehash, write_index
from tests.support.tree import ROOT

LOCKS = ("requirements.lock", "requirements-test.lock")


class Installation:
    """An empty virtual environment, an index with newer releases, and copies of the locks for that index."""

    def __init__(self, folder: Path) -> None:
        self.venv = folder / "venv"
        subprocess.run([sys.executable, "-m", "venv", str(self.venv)], check=True)
        self.locks = [folder / name for name in LOCKS]
        texts = [(ROOT / name).read_text() for name in LOCKS]
        hashes = write_index(folder / "index", [pin for text in texts for pin in read_pins(text)])
        for path, text in zip(self.locks, texts, strict=True):
            path.write_text(rehash(text, hashes))
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
            "PIP_INDEX_URL": (folder / "index" / "simple").as_uri(),
            "PIP_CONFIG_FILE": os.devnull,
            "ENTREPOT_VENV": str(self.venv),
        }

    def install(self, *locks: Path) -> subprocess.CompletedProcess[str]:
        """What `make setup` and `make test` call."""
        return self._run(str(ROOT / "scripts" / "python-packages"), *map(str, locks))

    def install_resolving(self, *locks: Path) -> subprocess.CompletedProcess[str]:
        """What they called once: the same, with dependencies looked up again."""
        asked = [word for lock in locks for word in ("--requirement", str(lock))]
        return self._run(str(self.venv / "bin" / "python"), "-m", "pip", "install", "--require-hashes", *asked)

    def installed(self) -> dict[str, str]:
        listed = self._run(str(self.venv / "bin" / "python"), "-m", "pip", "list", "--format=json", "--exclude", "pip")
        return {
            entry["name"].lower().replace("_", "-").replace(".", "-"): entry["version"]
            for entry in json.loads(listed.stdout)
        }

    def locked(self, *locks: Path) -> dict[str, str]:
        pins = [pin for lock in locks for pin in read_pins(lock.read_text())]
        return {pin.name: pin.version for pin in pins if pin.is_for_this_machine}

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def loosen(lock: Path, name: str) -> None:
    text = lock.read_text()
    loose = re.sub(rf"^{name}==", f"{name}>=", text, flags=re.MULTILINE)
    assert loose != text
    lock.write_text(loose)


def test_the_second_lock_is_added_to_the_first_and_newer_releases_change_nothing(installation: Installation) -> None:
    first, second = installation.locks
    done = installation.install(first)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^  20 of \d+ Python packages$", done.stdout, re.MULTILINE), "progress is shown"
    assert installation.installed() == installation.locked(first)
    done = installation.install(second)
    assert (done.returncode, done.stderr) == (0, "")
    assert installation.installed() == installation.locked(first, second)
    # Back to `make run`: what tests need stays.
    assert installation.install(first).returncode == 0
    assert installation.installed() == installation.locked(first, second)


@pytest.mark.parametrize(("lock", "name"), [(0, "starlette"), (0, "sqlalchemy"), (1, "coverage")])
def test_a_loose_pin_is_refused(installation: Installation, lock: int, name: str) -> None:
    loosen(installation.locks[lock], name)
    done = installation.install(*installation.locks)
    assert done.returncode == 1
    assert "must have their versions pinned" in done.stderr
    assert "check the network" in done.stderr


def test_the_index_would_break_an_installation_that_resolves(installation: Installation) -> None:
    # An extra that is not locked (`coverage[toml]`) is looked up again, and the newest release has no hash.
    done = installation.install_resolving(*installation.locks)
    assert done.returncode != 0
    assert "coverage[toml]" in done.stderr


def test_no_package_stands_in_both_locks_and_no_lock_names_an_address() -> None:
    first, second = ({pin.name for pin in read_pins((ROOT / name).read_text())} for name in LOCKS)
    assert first & second == set()
    assert len(first) > 50
    assert len(second) > 20
    assert [name for name in LOCKS if "://" in (ROOT / name).read_text()] == []
