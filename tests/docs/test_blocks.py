"""Code blocks of the pages are what they say: valid operations, accepted settings, code that compiles, excerpts."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml
from graphql import GraphQLSchema, build_schema, parse, validate

from entrepot.router.config import load_supergraph_file, parse_config
from entrepot.router.errors import ConfigurationInvalid
from tests.support.markdown import Block, all_blocks, read_blocks
from tests.support.tree import ROOT

_NAMED = re.compile(r"# (\S+)\n")
_ROUTER_CONFIG = (None, "router.yaml")


@pytest.fixture(scope="module")
def api_schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema" / "api.graphql").read_text())


@pytest.mark.parametrize("block", all_blocks("graphql"), ids=str)
def test_an_operation_is_valid(api_schema: GraphQLSchema, block: Block) -> None:
    assert [error.message for error in validate(api_schema, parse(block.text))] == []


@pytest.mark.parametrize("block", all_blocks("yaml"), ids=str)
def test_settings_are_accepted(block: Block, tmp_path: Path) -> None:
    # Variables without a default are secrets: as long as a hash.
    environ = dict.fromkeys(re.findall(r"\$\{(\w+)\}", block.text), "1" * 64)
    name = name_of(block)
    if name in _ROUTER_CONFIG:
        parse_config(block.text, environ)
    elif name == "supergraph.yaml":
        write_supergraph(block, tmp_path)
        # Variables with a default only: the environment of a reader is empty.
        assert load_supergraph_file(tmp_path / name, {}).subgraphs
    else:
        yaml.safe_load(block.text)


def test_a_wrong_setting_is_found() -> None:
    with pytest.raises(ConfigurationInvalid, match="cores"):
        parse_config("cores: { origins: [] }", {})


@pytest.mark.parametrize("block", all_blocks("python"), ids=str)
def test_python_compiles(block: Block) -> None:
    compile(block.text, str(block), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("block", [block for block in all_blocks("ts", "json") if block.file], ids=str)
def test_an_excerpt_is_what_the_file_says(block: Block) -> None:
    assert block.file is not None
    assert block.text.rstrip() in (ROOT / block.file).read_text()


def test_every_recipe_of_the_clients_is_a_tested_file() -> None:
    blocks = [block for block in read_blocks(ROOT / "docs" / "clients.md") if block.language in {"ts", "json"}]
    assert [str(block) for block in blocks if block.file is None] == []
    shown = {block.file for block in blocks}
    recipes = {f"tests/clients/typed/src/{path.name}" for path in (ROOT / "tests/clients/typed/src").glob("*.ts")}
    assert recipes - shown == set()


def name_of(block: Block) -> str | None:
    """The file name in the first line."""
    match = _NAMED.match(block.text)
    return None if match is None else match[1]


def write_supergraph(block: Block, folder: Path) -> None:
    """The file, and a schema for each subgraph beside it."""
    (folder / "supergraph.yaml").write_text(block.text)
    for name in re.findall(r"file: (\w+)\.graphql", block.text):
        (folder / f"{name}.graphql").write_text(f"type Query {{ {name}: Int }}")
