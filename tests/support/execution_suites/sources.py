"""The execution suites, public and our own: subgraphs and cases from folders, rows from here."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from entrepot.router.composition import SubgraphSchema, compose
from tests.support.execution_suites.model import Suite
from tests.support.tree import ROOT

REMEDY = "set CONFORMANCE_DIR to the folder of the conformance data"


@dataclass(frozen=True)
class Case:
    """An operation and what it is answered; with `must_fail` some error as well."""

    id: str
    query: str
    data: Any
    must_fail: bool


@dataclass(frozen=True)
class SuiteSource:
    """A suite: the SDL of its subgraphs by name, the supergraph if it came with one, its cases, and our rows."""

    name: str
    subgraphs: dict[str, str]
    given: str | None
    cases: tuple[Case, ...]
    suite: Suite

    @property
    def supergraph(self) -> str:
        """The supergraph that came with the suite, else the composed one."""
        return self.compose() if self.given is None else self.given

    def compose(self) -> str:
        """The supergraph that our composer makes of the subgraphs."""
        result = compose([SubgraphSchema(name, f"http://{name}.invalid", sdl) for name, sdl in self.subgraphs.items()])
        assert result.supergraph_sdl is not None, result.errors
        return result.supergraph_sdl


@cache
def load_suites() -> tuple[SuiteSource, ...]:
    """The public suites, by name; none where the data is not at hand."""
    folder = os.environ.get("CONFORMANCE_DIR")
    return _load_folder(Path(folder, "execution")) if folder else ()


@cache
def load_own_suites() -> tuple[SuiteSource, ...]:
    """Our own suites, by name; their supergraphs are those that our composer makes."""
    return _load_folder(ROOT / "tests" / "router" / "conformance" / "suites")


def _load_folder(folder: Path) -> tuple[SuiteSource, ...]:
    return tuple(_load(path) for path in sorted(folder.iterdir()))


def _load(path: Path) -> SuiteSource:
    data = import_module(f"tests.support.execution_suites.data.{path.name.replace('-', '_')}")
    supergraph = path / "supergraph.graphql"
    return SuiteSource(
        name=path.name,
        subgraphs={each.stem: each.read_text() for each in sorted((path / "subgraphs").iterdir())},
        given=supergraph.read_text() if supergraph.exists() else None,
        cases=tuple(
            Case(each["id"], each["query"], each["expected"]["data"], each["expected"]["errors"] is True)
            for each in json.loads((path / "cases.json").read_text())
        ),
        suite=data.SUITE,
    )
