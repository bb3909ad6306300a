"""The private words of `scripts/words.txt` stay out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tree import ROOT


def find(*paths: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "words"), *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_what_is_checked_has_none() -> None:
    done = find()
    assert (done.returncode, done.stdout) == (0, "No private words.\n")


@pytest.mark.parametrize("word", ["anew", "Told", "the deeds", "Redis is away", "for ever", "kept answers", "is none"])
def test_a_private_word_is_found_in_a_docstring_and_a_page(tmp_path: Path, word: str) -> None:
    for name, text in (("page.md", f"# {word}\n"), ("module.py", f'"""It says {word}."""\n')):
        (tmp_path / name).write_text(text)
        done = find(tmp_path / name)
        assert done.returncode == 1
        assert f"{name}:1:" in done.stdout


def test_names_and_plain_english_pass(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text('"""None if there is none."""\n\nanew = 1\n')
    assert find(tmp_path / "module.py").returncode == 0
