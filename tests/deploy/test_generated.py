"""Deployment files are written from the registry: none is stale, and none names a subgraph by hand."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from entrepot.subgraphs.registry import SUBGRAPHS
from tests.support.tree import ROOT

SCRIPT = runpy.run_path(str(ROOT / "scripts" / "deployment"))
FILES = ("docker-compose.yml", ".env.example", "deploy/prometheus/prometheus.yml")
BY_HAND = re.compile(r"ENTREPOT_\w+|ACCOUNTS_URL|POSTGRES_PASSWORD: it")


def test_nothing_is_stale() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "deployment", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", FILES)
def test_no_subgraph_is_named_outside_of_what_is_generated(name: str) -> None:
    """Settings that only one subgraph has are explained by hand; comments speak of what they are about."""
    text = SCRIPT["BLOCK"].sub("", (ROOT / name).read_text())
    lines = [BY_HAND.sub("", line.partition("#")[0]) for line in text.splitlines()]
    assert [line for line in lines for each in SUBGRAPHS if re.search(rf"\b{each}\b", line, re.IGNORECASE)] == []


def test_a_block_is_written_with_the_indentation_of_its_mark(tmp_path: Path) -> None:
    path = tmp_path / "file.yml"
    path.write_text("a:\n  # generated: some\n  old: 1\n  # generated end\nb: 2\n")
    filled = "a:\n  # generated: some\n  new: 2\n\n  more: 3\n  # generated end\nb: 2\n"
    assert SCRIPT["fill"](path, {"some": "new: 2\n\nmore: 3\n"}) == (path, filled)
    path.write_text(filled)
    assert SCRIPT["fill"](path, {"some": "new: 2\n\nmore: 3\n"}) == (path, filled)
    with pytest.raises(SystemExit, match=r"lacks the blocks \['other'\]"):
        SCRIPT["fill"](path, {"some": "", "other": ""})


def test_ports_of_subgraphs_never_meet() -> None:
    ports = [
        SCRIPT["port"](SCRIPT[base], number) for base in ("SUBGRAPH_PORTS", "WORKER_PORTS") for number in range(18)
    ]
    others = {int(port) for port in re.findall(r"_PORT:-(\d+)", SCRIPT["BLOCK"].sub("", read_compose_file()))}
    assert len(set(ports)) == len(ports)
    assert not set(ports) & others


def read_compose_file() -> str:
    return (ROOT / "docker-compose.yml").read_text()
