"""The example of docs/extensions.md does what the page says."""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from entrepot.router.config import RouterConfig, parse_config
from tests.support.asgi_client import AsgiClient
from tests.support.small_graph import SmallGraph
from tests.support.tree import ROOT

BuildClient = Callable[..., AsgiClient]
_PAGE = (ROOT / "docs" / "extensions.md").read_text()
TENANT = {"x-tenant": "north"}


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", _PAGE, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module of the page, importable by its name."""
    (tmp_path / "shop_rules.py").write_text(block("python"))
    monkeypatch.syspath_prepend(tmp_path)
    import shop_rules  # type: ignore[import-not-found]  # written by this fixture

    yield shop_rules
    del sys.modules["shop_rules"]


@pytest.fixture
def configured(build_client: BuildClient) -> AsgiClient:
    return build_client(parse_config(block("yaml"), {}))


async def test_a_request_without_a_tenant_is_refused(configured: AsgiClient, graph: SmallGraph) -> None:
    answer = await configured.query("{ me { name } }", headers={"accept": "application/graphql-response+json"})
    assert (answer.status, answer.codes) == (400, ["TENANT_REQUIRED"])
    assert graph.requests == []


async def test_subgraphs_are_told_of_the_tenant(configured: AsgiClient, graph: SmallGraph) -> None:
    answer = await configured.query("{ me { name notes { text } } }", headers=TENANT)
    assert [headers["x-shop"] for _, _, headers in graph.requests] == ["north", "north"]
    assert answer.json["extensions"] == {"answeredTo": "north"}
    assert answer.headers["x-answered-by"] == "shop-rules"


async def test_a_closed_shop_is_read_only(build_client: BuildClient, module: ModuleType, graph: SmallGraph) -> None:
    client = build_client(RouterConfig(), extensions=[module.ReadOnly()])
    refused = await client.query('mutation { rename(id: "1", name: "B") { name } }')
    assert refused.json["errors"][0]["message"] == "The shop is closed. Come back tomorrow."
    assert graph.requests == []
    assert (await client.query("{ me { name } }")).json == {"data": {"me": {"name": "Ada"}}}
