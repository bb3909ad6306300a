"""scripts/hive-router: it refuses a toolchain that is missing or too old in one line, and else lets cargo install."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.tree import ROOT


def run(folder: Path, rustc: str | None) -> subprocess.CompletedProcess[str]:
    """The script with the programs of `folder` alone: what it needs of the system, and cargo and rustc as scripts."""
    for name in ("bash", "cut", "dirname"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    programs = {"cargo": f'echo "$@" >{folder}/arguments'}
    if rustc is not None:
        programs["rustc"] = f'echo "rustc {rustc} (0123456 2026-01-01)"'
    for name, command in programs.items():
        (folder / name).write_text(f"#!/usr/bin/env bash\n{command}\n")
        (folder / name).chmod(0o755)
    return subprocess.run(
        ["/usr/bin/env", f"PATH={folder}", str(ROOT / "scripts" / "hive-router")],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("rustc", "reason"),
    [
        (None, "rustc is missing; install Rust 1.97 or later"),
        ("1.96.1", "it needs rustc 1.97 or later, and this one is 1.96.1"),
        ("1.9.0", "it needs rustc 1.97 or later, and this one is 1.9.0"),
    ],
)
def test_a_missing_or_old_toolchain_is_said_in_one_line(tmp_path: Path, rustc: str | None, reason: str) -> None:
    done = run(tmp_path, rustc)
    assert done.returncode == 2
    assert done.stdout == ""
    remark = "make bench-gateway measures the other gateways without it."
    assert done.stderr == f"Hive Router is not installed: {reason}. {remark}\n"
    assert not (tmp_path / "arguments").exists()


@pytest.mark.parametrize("rustc", ["1.97.0", "1.98.0-nightly", "2.0.0"])
def test_a_new_enough_toolchain_installs_it_where_the_benchmark_looks(tmp_path: Path, rustc: str) -> None:
    assert run(tmp_path, rustc).returncode == 0
    assert (tmp_path / "arguments").read_text().split() == [
        *("install", "hive-router", "--version", "0.3.10", "--locked", "--features", "graphiql"),
        *("--root", "build/hive-router"),
    ]
