"""schema/ holds what the code says, and what was published is not changed."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

import pytest

from entrepot.commands.schema_tools import run_schema
from entrepot.docs_generation.published import find_broken_contracts, published_files
from entrepot.shared.events import known_contracts
from entrepot.subgraphs.registry import SUBGRAPHS, load, load_permissions
from entrepot.wiring.supergraph import compose_file
from tests.support.tree import ROOT


def test_every_published_file_is_what_the_code_says() -> None:
    stale = [path.name for path, content in published_files(ROOT / "schema") if path.read_text() != content]
    assert stale == [], "run scripts/schema, and look at what changes for others"


def test_no_published_contract_is_broken() -> None:
    assert find_broken_contracts(ROOT / "schema") == []


def test_a_broken_contract_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    published = json.loads((ROOT / "schema/events/orders.order.placed.v1.json").read_text())
    (definition,) = published["$defs"].values()
    definition["properties"]["coupon"] = {"type": "string"}
    path = tmp_path / "events" / "orders.order.placed.v1.json"
    path.parent.mkdir()
    path.write_text(json.dumps(published))
    assert run_schema(Namespace(folder=tmp_path, check=False)) == 1
    assert json.loads(path.read_text()) == published
    said = capsys.readouterr().err
    assert "data.coupon is gone" in said
    assert "declare the next version" in said


def test_nothing_is_published_that_the_code_no_longer_says() -> None:
    known = {path for path, _ in published_files(ROOT / "schema")}
    folders = (ROOT / "schema" / "subgraphs", ROOT / "schema" / "events")
    assert {path for folder in folders for path in folder.iterdir()} - known == set()


def test_the_supergraph_is_what_composes() -> None:
    result = compose_file(ROOT / "supergraph.yaml", {})
    assert list(result.errors) == []
    assert (ROOT / "schema" / "supergraph.graphql").read_text() == result.supergraph_sdl


@pytest.mark.parametrize("name", SUBGRAPHS)
def test_scopes_that_a_schema_asks_for_exist(name: str) -> None:
    import re

    asked = set(re.findall(r'"([a-z]+:[a-z_]+)"', load(name).schema.sdl))
    assert asked <= set(load_permissions().scopes)


def test_every_contract_has_a_subject_field() -> None:
    for contract in known_contracts():
        assert contract.SUBJECT in contract.__dataclass_fields__, contract


def test_schema_folder_is_where_it_is_said_to_be() -> None:
    assert Path(ROOT / "schema" / "supergraph.graphql").is_file()
